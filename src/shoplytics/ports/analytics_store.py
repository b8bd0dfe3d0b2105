"""Where reports are computed; PostgreSQL by default, a column store when one machine is outgrown.

Days are the store's local days. Money is in minor units of the store's currency. Rows of `orders_over_time`
and `visits_over_time` come without gaps filled; the service fills them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.sales import OrderFact


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive local days in an IANA time zone."""

    first: date
    last: date
    timezone: str


class SalesTotals(msgspec.Struct, frozen=True, kw_only=True):
    """gross = line prices before discounts; net = gross - discount - refunded; total = what was charged."""

    orders: int
    order_lines: int
    customers: int
    gross: int
    discount: int
    shipping: int
    tax: int
    refunded: int
    total: int


class SalesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """`start` is the bucket's first local moment, without zone."""

    start: datetime
    orders: int
    order_lines: int
    gross: int
    discount: int
    refunded: int
    total: int


class VisitTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`visitors` are visitor-days: ids live one local day, so over a range they add up by definition."""

    visits: int
    visitors: int
    sessions: int
    bounces: int
    engaged_seconds: int


class VisitPoint(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime
    visits: int
    visitors: int
    sessions: int


class ProductFigures(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    orders: int
    units: int
    revenue: int
    visits: int
    visitors: int
    engaged_seconds: int


class CustomerFigures(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: UUID
    orders: int
    spent: int
    first_order_at: datetime
    last_order_at: datetime


class AnalyticsStore(Protocol):
    """Answers within one store; the caller has checked that the asker may see it."""

    async def record_orders(self, *, store_id: UUID, orders: Sequence[OrderFact]) -> None:
        """Keep each order's highest version; twice is as once."""
        ...

    async def sales_totals(self, *, store_id: UUID, period: Period) -> SalesTotals: ...
    async def sales_over_time(
        self, *, store_id: UUID, period: Period, interval: str
    ) -> Sequence[SalesPoint]: ...
    async def visit_totals(self, *, store_id: UUID, period: Period) -> VisitTotals: ...
    async def visits_over_time(
        self, *, store_id: UUID, period: Period, interval: str
    ) -> Sequence[VisitPoint]: ...
    async def products(self, *, store_id: UUID, period: Period, limit: int) -> Sequence[ProductFigures]: ...
    async def customers(self, *, store_id: UUID, period: Period, limit: int) -> Sequence[CustomerFigures]: ...

"""Where reports are computed; PostgreSQL by default, a column store when one machine is outgrown.

Money is in minor units of the currency asked for; orders in another currency are counted apart, never added.
Series come as the buckets that hold anything; the service fills the gaps.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shoplytics.ports.sales import OrderFact


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive local days in an IANA time zone."""

    first: date
    last: date
    timezone: str

    def midnight(self, day: date) -> datetime:
        """The first moment of a local day, in UTC; after a gap at midnight that is not 00:00 on the clock."""
        return datetime.combine(day, time(), ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def start(self) -> datetime:
        return self.midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in the period."""
        return self.midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class SalesTotals(msgspec.Struct, frozen=True, kw_only=True):
    """gross = line prices before discounts; total = what was charged.

    net = gross - discount - refunded of each order, 0 where its refund gave back shipping and tax too.

    `converted_sessions` are the different visits' sessions that led to an order.
    """

    orders: int = 0
    order_lines: int = 0
    customers: int = 0
    gross: int = 0
    discount: int = 0
    shipping: int = 0
    tax: int = 0
    refunded: int = 0
    net: int = 0
    total: int = 0
    converted_sessions: int = 0
    other_currency_orders: int = 0


class SalesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """`bucket` n lies between edges n and n + 1."""

    bucket: int
    orders: int = 0
    order_lines: int = 0
    customers: int = 0
    gross: int = 0
    discount: int = 0
    refunded: int = 0
    net: int = 0
    total: int = 0


class VisitTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`visitors` are visitor-days: ids live one local day, so over a range they add up by definition."""

    visits: int = 0
    visitors: int = 0
    sessions: int = 0
    bounces: int = 0
    engaged_seconds: int = 0


class VisitPoint(msgspec.Struct, frozen=True, kw_only=True):
    """`bucket` n lies between edges n and n + 1."""

    bucket: int
    visits: int = 0
    visitors: int = 0
    sessions: int = 0
    bounces: int = 0
    engaged_seconds: int = 0


class ProductKey(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is the SKU, or else the title, of sold lines without a product here; else null."""

    product_id: UUID | None
    label: str | None


class ProductFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`title` and `sku` are those of the sold lines; null when nothing was sold."""

    key: ProductKey
    title: str | None = None
    sku: str | None = None
    orders: int = 0
    units: int = 0
    revenue: int = 0
    visits: int = 0
    visitors: int = 0
    engaged_seconds: int = 0


class CustomerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`orders` and `spent` (charged minus refunded) are of the period, the rest of all time."""

    customer_id: UUID
    orders: int
    spent: int
    lifetime_orders: int
    lifetime_spent: int
    first_order_at: datetime
    last_order_at: datetime


class CustomerTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`new` placed their first order ever in the period; `returning` had placed two or more by its end."""

    customers: int = 0
    new: int = 0
    returning: int = 0
    orders_without_customer: int = 0


class AnalyticsStore(Protocol):
    """Answers within one store; the caller has checked that the asker may see it."""

    async def record_orders(self, *, store_id: UUID, orders: Sequence[OrderFact]) -> None:
        """Keep each order's highest version; twice is as once."""
        ...

    async def sales_totals(self, *, store_id: UUID, period: Period, currency: str) -> SalesTotals: ...
    async def sales_over_time(
        self, *, store_id: UUID, edges: Sequence[datetime], currency: str
    ) -> Sequence[SalesPoint]:
        """`edges` are the buckets' rising bounds, one more than there are buckets."""
        ...

    async def visit_totals(self, *, store_id: UUID, period: Period) -> VisitTotals:
        """The period's time zone must be the store's."""
        ...

    async def visits_over_time(self, *, store_id: UUID, edges: Sequence[datetime]) -> Sequence[VisitPoint]:
        """The edges must be those of local hours of the store, or coarser."""
        ...

    async def products(
        self, *, store_id: UUID, period: Period, currency: str, sort: str, limit: int
    ) -> Sequence[ProductFigures]:
        """The best by `sort`: `revenue`, `units` or `visits`."""
        ...

    async def products_of(
        self, *, store_id: UUID, period: Period, currency: str, keys: Sequence[ProductKey]
    ) -> Sequence[ProductFigures]:
        """The figures of these products alone; those without any are left out."""
        ...

    async def customer_totals(self, *, store_id: UUID, period: Period, currency: str) -> CustomerTotals: ...
    async def customers(
        self, *, store_id: UUID, period: Period, currency: str, limit: int
    ) -> Sequence[CustomerFigures]:
        """Those who spent most in the period; nobody who did not buy."""
        ...

"""Analytics: the reports' views. Every figure is of one store; `definitions` says how each is computed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money


class Interval(StrEnum):
    """Weeks are ISO weeks, beginning on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Compare(StrEnum):
    """`previous`: as many days right before; `year`: the same dates a year earlier."""

    PREVIOUS = "previous"
    YEAR = "year"
    NONE = "none"


class PeriodView(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive local days of `timezone`; `start` and `end` are their bounds in UTC, the end excluded."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    timezone: str
    start: datetime
    end: datetime


class RevenueView(msgspec.Struct, frozen=True, kw_only=True):
    gross: Money
    net: Money
    discounts: Money
    refunds: Money
    shipping: Money
    tax: Money
    total: Money


class OverviewFigures(msgspec.Struct, kw_only=True):
    period: PeriodView
    orders: int
    order_lines: int
    customers: int
    visitors: int
    visits: int
    sessions: int
    bounce_rate: float
    average_engaged_seconds: float
    revenue: RevenueView
    average_order_value: Money
    conversion_rate: float
    conversion_rate_by_visitor: float
    other_currency_orders: int


class ComparedFigures(OverviewFigures, kw_only=True):
    """`change` is the fraction by which each figure grew since then; null where it was zero then."""

    change: dict[str, float | None]


class OverviewView(OverviewFigures, kw_only=True):
    compared_to: ComparedFigures | None
    definitions: dict[str, str]
    as_of: datetime


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """`date` is the local day a day, week or month begins on; counting covers `start` to `end` (excluded).

    `partial` when the range cuts the bucket short or it has not ended yet.
    """

    date: date
    start: datetime
    end: datetime
    partial: bool


class SalesBucket(Bucket, frozen=True, kw_only=True):
    orders: int
    order_lines: int
    customers: int
    gross: Money
    net: Money
    discounts: Money
    refunds: Money
    total: Money


class TrafficBucket(Bucket, frozen=True, kw_only=True):
    visits: int
    visitors: int
    sessions: int
    bounces: int
    engaged_seconds: int


class SalesFigures(msgspec.Struct, kw_only=True):
    period: PeriodView
    orders: int
    order_lines: int
    customers: int
    revenue: RevenueView
    average_order_value: Money
    other_currency_orders: int
    series: list[SalesBucket]


class RevenueReport(SalesFigures, kw_only=True):
    interval: Interval
    compared_to: SalesFigures | None
    definitions: dict[str, str]
    as_of: datetime


class TrafficFigures(msgspec.Struct, kw_only=True):
    period: PeriodView
    visits: int
    visitors: int
    sessions: int
    bounces: int
    bounce_rate: float
    visits_per_session: float
    average_engaged_seconds: float
    series: list[TrafficBucket]


class TrafficReport(TrafficFigures, kw_only=True):
    interval: Interval
    compared_to: TrafficFigures | None
    definitions: dict[str, str]
    as_of: datetime


class ProductTrend(msgspec.Struct, frozen=True, kw_only=True):
    """`is_new`: neither sold nor visited in the period compared with."""

    units: int
    revenue: Money
    visits: int
    is_new: bool


class ProductRow(msgspec.Struct, kw_only=True):
    """`product_id` is null for sold lines whose product is unknown here; they stand together by SKU."""

    product_id: UUID | None
    title: str
    sku: str | None
    orders: int
    units: int
    revenue: Money
    visits: int
    visitors: int
    average_engaged_seconds: float
    compared_to: ProductTrend | None


class ProductsReport(msgspec.Struct, kw_only=True):
    period: PeriodView
    compared_to: PeriodView | None
    items: list[ProductRow]
    definitions: dict[str, str]
    as_of: datetime


class CustomerRow(msgspec.Struct, kw_only=True):
    """`orders` and `spent` are of the period; name and e-mail are null once erased."""

    customer_id: UUID
    name: str | None
    email: str | None
    orders: int
    spent: Money
    average_order_value: Money
    lifetime_orders: int
    lifetime_spent: Money
    first_order_at: datetime
    last_order_at: datetime


class CustomerCounts(msgspec.Struct, kw_only=True):
    period: PeriodView
    customers: int
    new_customers: int
    returning_customers: int
    returning_rate: float
    orders_without_customer: int


class CustomersReport(CustomerCounts, kw_only=True):
    compared_to: CustomerCounts | None
    items: list[CustomerRow]
    definitions: dict[str, str]
    as_of: datetime

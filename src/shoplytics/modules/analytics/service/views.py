"""From figures to the views of ports/analytics.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money
from shoplytics.modules.analytics import domain
from shoplytics.modules.analytics.schemas import Question
from shoplytics.ports.analytics import (
    ComparedFigures,
    CustomerCounts,
    CustomerRow,
    OverviewFigures,
    PeriodView,
    ProductRow,
    ProductsReport,
    ProductTrend,
    RevenueView,
    SalesBucket,
    SalesFigures,
    TrafficBucket,
    TrafficFigures,
)
from shoplytics.ports.analytics_store import (
    CustomerFigures,
    CustomerTotals,
    Period,
    ProductFigures,
    ProductKey,
    SalesPoint,
    SalesTotals,
    VisitPoint,
    VisitTotals,
)
from shoplytics.ports.sales import CustomerContact

EMPTY_SALE = SalesPoint(bucket=-1)
EMPTY_VISIT = VisitPoint(bucket=-1)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A question settled: the store's currency, the period, and the one it is compared with."""

    store_id: UUID
    currency: str
    period: Period
    compared: Period | None
    now: datetime

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def fields_of(view: msgspec.Struct) -> dict[str, Any]:
    """A view's fields by name, to build a larger view from."""
    return {name: getattr(view, name) for name in view.__struct_fields__}


def slots_of(period: Period, question: Question) -> list[domain.Slot]:
    return domain.slots(period.first, period.last, interval=question.interval.value, timezone=period.timezone)


def period_view(period: Period) -> PeriodView:
    return PeriodView(
        first=period.first,
        last=period.last,
        timezone=period.timezone,
        start=period.start,
        end=period.end,
    )


def overview(scope: Scope, period: Period, sales: SalesTotals, visits: VisitTotals) -> OverviewFigures:
    return OverviewFigures(
        period=period_view(period),
        orders=sales.orders,
        order_lines=sales.order_lines,
        customers=sales.customers,
        visitors=visits.visitors,
        visits=visits.visits,
        sessions=visits.sessions,
        bounce_rate=domain.rate(visits.bounces, visits.sessions),
        average_engaged_seconds=domain.average(visits.engaged_seconds, visits.visits),
        revenue=_revenue(scope, sales),
        average_order_value=_order_value(scope, sales),
        conversion_rate=domain.rate(sales.converted_sessions, visits.sessions),
        conversion_rate_by_visitor=domain.rate(sales.converted_sessions, visits.visitors),
        other_currency_orders=sales.other_currency_orders,
    )


def compared(now: OverviewFigures, then: OverviewFigures) -> ComparedFigures:
    """What was then, and by which fraction each figure has grown."""
    pairs = {
        name: (getattr(now, name), getattr(then, name))
        for name in (
            "orders",
            "order_lines",
            "customers",
            "visitors",
            "visits",
            "sessions",
            "conversion_rate",
        )
    }
    pairs["revenue.gross"] = (now.revenue.gross.minor, then.revenue.gross.minor)
    pairs["revenue.net"] = (now.revenue.net.minor, then.revenue.net.minor)
    pairs["average_order_value"] = (now.average_order_value.minor, then.average_order_value.minor)
    return ComparedFigures(
        **fields_of(then), change={name: domain.growth(*pair) for name, pair in pairs.items()}
    )


def sales_figures(
    scope: Scope,
    period: Period,
    totals: SalesTotals,
    slots: Sequence[domain.Slot],
    points: Sequence[SalesPoint],
) -> SalesFigures:
    """Totals and series; a slot without a point is a zero."""
    held = {point.bucket: point for point in points}
    return SalesFigures(
        period=period_view(period),
        orders=totals.orders,
        order_lines=totals.order_lines,
        customers=totals.customers,
        revenue=_revenue(scope, totals),
        average_order_value=_order_value(scope, totals),
        other_currency_orders=totals.other_currency_orders,
        series=[_sales_bucket(scope, slot, held.get(n, EMPTY_SALE)) for n, slot in enumerate(slots)],
    )


def traffic_figures(
    scope: Scope,
    period: Period,
    totals: VisitTotals,
    slots: Sequence[domain.Slot],
    points: Sequence[VisitPoint],
) -> TrafficFigures:
    """Totals and series; a slot without a point is a zero."""
    held = {point.bucket: point for point in points}
    return TrafficFigures(
        period=period_view(period),
        visits=totals.visits,
        visitors=totals.visitors,
        sessions=totals.sessions,
        bounces=totals.bounces,
        bounce_rate=domain.rate(totals.bounces, totals.sessions),
        visits_per_session=domain.average(totals.visits, totals.sessions),
        average_engaged_seconds=domain.average(totals.engaged_seconds, totals.visits),
        series=[_traffic_bucket(scope, slot, held.get(n, EMPTY_VISIT)) for n, slot in enumerate(slots)],
    )


def products_report(
    scope: Scope,
    best: Sequence[ProductFigures],
    before: Sequence[ProductFigures],
    titles: Mapping[UUID, str],
) -> ProductsReport:
    """A visited product that the catalogue does not know and that was never sold is left out."""
    then = {row.key: row for row in before}
    items = []
    for row in best:
        title = (titles.get(row.key.product_id) if row.key.product_id else None) or row.title
        if title is not None:
            trend = _trend(scope, then.get(row.key) or ProductFigures(key=row.key))
            items.append(_product(scope, row, title, trend if scope.compared else None))
    return ProductsReport(
        period=period_view(scope.period),
        compared_to=period_view(scope.compared) if scope.compared else None,
        items=items,
        definitions=domain.defined("products.revenue", "visits", "visitors", "average_engaged_seconds"),
        as_of=scope.now,
    )


def customer_counts(period: Period, counts: CustomerTotals) -> CustomerCounts:
    return CustomerCounts(
        period=period_view(period),
        customers=counts.customers,
        new_customers=counts.new,
        returning_customers=counts.returning,
        returning_rate=domain.rate(counts.returning, counts.customers),
        orders_without_customer=counts.orders_without_customer,
    )


def customer(scope: Scope, row: CustomerFigures, contact: CustomerContact | None) -> CustomerRow:
    return CustomerRow(
        customer_id=row.customer_id,
        name=contact.name if contact else None,
        email=contact.email if contact else None,
        orders=row.orders,
        spent=scope.money(row.spent),
        average_order_value=scope.money(domain.mean(row.spent, row.orders)),
        lifetime_orders=row.lifetime_orders,
        lifetime_spent=scope.money(row.lifetime_spent),
        first_order_at=row.first_order_at,
        last_order_at=row.last_order_at,
    )


def keys_of(rows: Sequence[ProductFigures]) -> list[ProductKey]:
    return [row.key for row in rows]


def _revenue(scope: Scope, sales: SalesTotals) -> RevenueView:
    return RevenueView(
        gross=scope.money(sales.gross),
        net=scope.money(sales.net),
        discounts=scope.money(sales.discount),
        refunds=scope.money(sales.refunded),
        shipping=scope.money(sales.shipping),
        tax=scope.money(sales.tax),
        total=scope.money(sales.total),
    )


def _order_value(scope: Scope, sales: SalesTotals) -> Money:
    return scope.money(domain.mean(sales.gross - sales.discount, sales.orders))


def _sales_bucket(scope: Scope, slot: domain.Slot, point: SalesPoint) -> SalesBucket:
    return SalesBucket(
        date=slot.label,
        start=slot.start,
        end=slot.end,
        partial=slot.cut or slot.end > scope.now,
        orders=point.orders,
        order_lines=point.order_lines,
        customers=point.customers,
        gross=scope.money(point.gross),
        net=scope.money(point.net),
        discounts=scope.money(point.discount),
        refunds=scope.money(point.refunded),
        total=scope.money(point.total),
    )


def _traffic_bucket(scope: Scope, slot: domain.Slot, point: VisitPoint) -> TrafficBucket:
    return TrafficBucket(
        date=slot.label,
        start=slot.start,
        end=slot.end,
        partial=slot.cut or slot.end > scope.now,
        visits=point.visits,
        visitors=point.visitors,
        sessions=point.sessions,
        bounces=point.bounces,
        engaged_seconds=point.engaged_seconds,
    )


def _trend(scope: Scope, then: ProductFigures) -> ProductTrend:
    return ProductTrend(
        units=then.units,
        revenue=scope.money(then.revenue),
        visits=then.visits,
        is_new=not then.units and not then.visits,
    )


def _product(scope: Scope, row: ProductFigures, title: str, trend: ProductTrend | None) -> ProductRow:
    return ProductRow(
        product_id=row.key.product_id,
        title=title,
        sku=row.sku,
        orders=row.orders,
        units=row.units,
        revenue=scope.money(row.revenue),
        visits=row.visits,
        visitors=row.visitors,
        average_engaged_seconds=domain.average(row.engaged_seconds, row.visits),
        compared_to=trend,
    )

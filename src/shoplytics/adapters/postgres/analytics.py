"""Reports from PostgreSQL: read tables of orders, and tracking's rollups of visits."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Raw
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
from shoplytics.ports.sales import OrderFact

T = TypeVar("T")

RECORD_ORDERS = """
    insert into analytics_order as held (
        store_id, order_id, version, source, placed_at, currency, gross, discount, shipping, tax, total,
        refunded, lines, counts, paid, customer_id, session_id)
    select $1, * from unnest(
        $2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::int[], $14::boolean[], $15::boolean[],
        $16::uuid[], $17::bigint[])
    on conflict (store_id, order_id) do update set
        version = excluded.version, source = excluded.source, placed_at = excluded.placed_at,
        currency = excluded.currency, gross = excluded.gross, discount = excluded.discount,
        shipping = excluded.shipping, tax = excluded.tax, total = excluded.total,
        refunded = excluded.refunded, lines = excluded.lines, counts = excluded.counts, paid = excluded.paid,
        customer_id = excluded.customer_id, session_id = excluded.session_id
    where held.version < excluded.version
    returning order_id
"""
FORGET_LINES = "delete from analytics_order_line where store_id = $1 and order_id = any($2::uuid[])"
RECORD_LINES = """
    insert into analytics_order_line (
        store_id, order_id, position, product_id, variant_id, sku, title, quantity, net, leads)
    select $1, * from unnest(
        $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
        $10::boolean[])
"""
SALES_TOTALS = """
    select count(*) filter (where currency = $4) as orders,
        coalesce(sum(lines) filter (where currency = $4), 0)::bigint as order_lines,
        count(distinct customer_id) filter (where currency = $4) as customers,
        coalesce(sum(gross) filter (where currency = $4), 0)::bigint as gross,
        coalesce(sum(discount) filter (where currency = $4), 0)::bigint as discount,
        coalesce(sum(shipping) filter (where currency = $4), 0)::bigint as shipping,
        coalesce(sum(tax) filter (where currency = $4), 0)::bigint as tax,
        coalesce(sum(refunded) filter (where currency = $4), 0)::bigint as refunded,
        coalesce(sum(greatest(gross - discount - refunded, 0)) filter (where currency = $4), 0)::bigint
            as net,
        coalesce(sum(total) filter (where currency = $4), 0)::bigint as total,
        count(distinct session_id) as converted_sessions,
        count(*) filter (where currency <> $4) as other_currency_orders
    from analytics_order
    where store_id = $1 and counts and placed_at >= $2 and placed_at < $3
"""
SALES_OVER_TIME = """
    select width_bucket(placed_at, $4::timestamptz[]) - 1 as bucket, count(*) as orders,
        sum(lines)::bigint as order_lines, count(distinct customer_id) as customers,
        sum(gross)::bigint as gross, sum(discount)::bigint as discount, sum(refunded)::bigint as refunded,
        sum(greatest(gross - discount - refunded, 0))::bigint as net, sum(total)::bigint as total
    from analytics_order
    where store_id = $1 and counts and placed_at >= $2 and placed_at < $3 and currency = $5
    group by 1 order by 1
"""
VISIT_TOTALS = """
    select coalesce(sum(visits), 0)::bigint as visits, coalesce(sum(visitors), 0)::bigint as visitors,
        coalesce(sum(sessions), 0)::bigint as sessions, coalesce(sum(bounces), 0)::bigint as bounces,
        coalesce(round(sum(engaged_ms) / 1000), 0)::bigint as engaged_seconds
    from tracking_stat_hour where store_id = $1 and hour >= $2 and hour < $3
"""
VISITS_OVER_TIME = """
    select width_bucket(hour, $4::timestamptz[]) - 1 as bucket, sum(visits)::bigint as visits,
        sum(visitors)::bigint as visitors, sum(sessions)::bigint as sessions, sum(bounces)::bigint as bounces,
        round(sum(engaged_ms) / 1000)::bigint as engaged_seconds
    from tracking_stat_hour
    where store_id = $1 and hour >= $2 and hour < $3
    group by 1 order by 1
"""
# No join: right after a large import, with no statistics yet, the planner nests one over the whole store.
PRODUCTS = """
    with sold as (
        select l.product_id, case when l.product_id is null then coalesce(l.sku, l.title) end as label,
            max(l.title collate "C") as title, max(l.sku collate "C") as sku,
            count(*) filter (where l.leads) as orders, sum(l.quantity)::bigint as units,
            sum(l.net)::bigint as revenue
        from analytics_order_line l
        where l.store_id = $1 and l.order_id = any(array(
                select o.order_id from analytics_order o
                where o.store_id = $1 and o.counts and o.placed_at >= $2 and o.placed_at < $3
                    and o.currency = $4
            ))
            and ($9::uuid[] is null or l.product_id = any($9)
                or (l.product_id is null and coalesce(l.sku, l.title) = any($10::text[])))
        group by 1, 2
    ), seen as (
        select product_id, sum(visits)::bigint as visits, sum(visitors)::bigint as visitors,
            round(sum(engaged_ms) / 1000)::bigint as engaged_seconds
        from tracking_stat_product_day
        where store_id = $1 and day between $5 and $6 and ($9::uuid[] is null or product_id = any($9))
        group by 1
    )
    select coalesce(sold.product_id, seen.product_id) as product_id, label, title, sku,
        coalesce(orders, 0) as orders, coalesce(units, 0) as units, coalesce(revenue, 0) as revenue,
        coalesce(visits, 0) as visits, coalesce(visitors, 0) as visitors,
        coalesce(engaged_seconds, 0) as engaged_seconds
    from sold full join seen on seen.product_id = sold.product_id
    order by case $7 when 'visits' then visits when 'units' then units else revenue end desc nulls last,
        revenue desc nulls last, visits desc nulls last, 1, label
    limit $8
"""
# Arrays instead of joins: right after a large import the planner has no statistics and would nest the joins.
CUSTOMER_TOTALS = """
    with buyer as (
        select customer_id, count(*) as orders from analytics_order
        where store_id = $1 and counts and placed_at >= $2 and placed_at < $3 and currency = $4
        group by 1
    ), known as (
        select customer_id, bool_or(placed_at < $2) as before,
            count(*) filter (where placed_at >= $2 and currency = $4) as orders
        from analytics_order
        where store_id = $1 and counts and placed_at < $3
            and customer_id = any(array(select customer_id from buyer where customer_id is not null))
        group by 1
    )
    select count(*) as customers, count(*) filter (where not before) as new,
        count(*) filter (where before or orders > 1) as returning,
        coalesce((select orders from buyer where customer_id is null), 0) as orders_without_customer
    from known
"""
CUSTOMERS = """
    with best as (
        select customer_id, count(*) as orders, sum(total - refunded)::bigint as spent
        from analytics_order
        where store_id = $1 and counts and placed_at >= $2 and placed_at < $3 and currency = $4
            and customer_id is not null
        group by 1 order by spent desc, customer_id limit $5
    ), life as (
        select customer_id, count(*) as lifetime_orders, sum(total - refunded)::bigint as lifetime_spent,
            min(placed_at) as first_order_at, max(placed_at) as last_order_at
        from analytics_order
        where store_id = $1 and counts and currency = $4
            and customer_id = any(array(select customer_id from best))
        group by 1
    )
    select best.customer_id, best.orders, best.spent, life.lifetime_orders, life.lifetime_spent,
        life.first_order_at, life.last_order_at
    from best join life on life.customer_id = best.customer_id
    order by best.spent desc, best.customer_id
"""

ORDER_COLUMNS = 16
LINE_COLUMNS = 9


def columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows turned into the arrays `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


class PgAnalyticsStore:
    """See ports/analytics_store.py. Takes the connection of a unit of work, or any in the right role."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    async def record_orders(self, *, store_id: UUID, orders: Sequence[OrderFact]) -> None:
        newest: dict[UUID, OrderFact] = {}
        for order in orders:
            held = newest.get(order.order_id)
            if held is None or held.version < order.version:
                newest[order.order_id] = order
        # One order of rows for every batch, so that two never deadlock.
        facts = [newest[order_id] for order_id in sorted(newest)]
        rows = [_order_row(fact) for fact in facts]
        taken = await self._raw.fetch(RECORD_ORDERS, store_id, *columns(rows, ORDER_COLUMNS))
        ids = {row["order_id"] for row in taken}
        lines = [row for fact in facts if fact.order_id in ids for row in _line_rows(fact)]
        await self._raw.execute(FORGET_LINES, store_id, list(ids))
        await self._raw.execute(RECORD_LINES, store_id, *columns(lines, LINE_COLUMNS))

    async def sales_totals(self, *, store_id: UUID, period: Period, currency: str) -> SalesTotals:
        found = await self._all(SALES_TOTALS, SalesTotals, store_id, period.start, period.end, currency)
        return found[0]

    async def sales_over_time(
        self, *, store_id: UUID, edges: Sequence[datetime], currency: str
    ) -> Sequence[SalesPoint]:
        return await self._all(
            SALES_OVER_TIME, SalesPoint, store_id, edges[0], edges[-1], list(edges), currency
        )

    async def visit_totals(self, *, store_id: UUID, period: Period) -> VisitTotals:
        return (await self._all(VISIT_TOTALS, VisitTotals, store_id, period.start, period.end))[0]

    async def visits_over_time(self, *, store_id: UUID, edges: Sequence[datetime]) -> Sequence[VisitPoint]:
        return await self._all(VISITS_OVER_TIME, VisitPoint, store_id, edges[0], edges[-1], list(edges))

    async def products(
        self, *, store_id: UUID, period: Period, currency: str, sort: str, limit: int
    ) -> Sequence[ProductFigures]:
        bounds = (period.start, period.end, currency, period.first, period.last)
        rows = await self._raw.fetch(PRODUCTS, store_id, *bounds, sort, limit, None, None)
        return [_product(dict(row)) for row in rows]

    async def products_of(
        self, *, store_id: UUID, period: Period, currency: str, keys: Sequence[ProductKey]
    ) -> Sequence[ProductFigures]:
        ids = [key.product_id for key in keys if key.product_id]
        labels = [key.label for key in keys if key.label]
        bounds = (period.start, period.end, currency, period.first, period.last)
        rows = await self._raw.fetch(PRODUCTS, store_id, *bounds, "revenue", len(keys), ids, labels)
        return [_product(dict(row)) for row in rows]

    async def customer_totals(self, *, store_id: UUID, period: Period, currency: str) -> CustomerTotals:
        found = await self._all(CUSTOMER_TOTALS, CustomerTotals, store_id, period.start, period.end, currency)
        return found[0]

    async def customers(
        self, *, store_id: UUID, period: Period, currency: str, limit: int
    ) -> Sequence[CustomerFigures]:
        return await self._all(
            CUSTOMERS, CustomerFigures, store_id, period.start, period.end, currency, limit
        )

    async def _all(self, sql: str, kind: type[T], *values: object) -> list[T]:
        return [msgspec.convert(dict(row), kind) for row in await self._raw.fetch(sql, *values)]


def _product(row: dict[str, object]) -> ProductFigures:
    key = {"product_id": row.pop("product_id"), "label": row.pop("label")}
    return msgspec.convert(row | {"key": key}, ProductFigures)


def _line_rows(fact: OrderFact) -> list[tuple[object, ...]]:
    """The last column says whether it is the order's first line of its product, and so counts the order."""
    seen: set[object] = set()
    rows: list[tuple[object, ...]] = []
    for line in fact.lines:
        key = line.product_id or line.sku or line.title
        rows.append(
            (
                fact.order_id,
                line.position,
                line.product_id,
                line.variant_id,
                line.sku,
                line.title,
                line.quantity,
                line.net,
                key not in seen,
            )
        )
        seen.add(key)
    return rows


def _order_row(fact: OrderFact) -> tuple[object, ...]:
    return (
        fact.order_id,
        fact.version,
        fact.source,
        fact.placed_at,
        fact.currency,
        fact.gross,
        fact.discount,
        fact.shipping,
        fact.tax,
        fact.total,
        fact.refunded,
        len(fact.lines),
        fact.counts,
        fact.paid,
        fact.customer_id,
        fact.session_id,
    )

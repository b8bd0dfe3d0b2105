"""All orders of a store, page after page, each read in a short transaction of its own."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.sales.rows import LINE, WHOLE, line_of, order_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.modules.sales.ports import ExportedOrder
from shoplytics.ports.sales import OrderLineView, OrderView

ORDERS_A_PAGE = 200
PAGE = f"""
    select {WHOLE}, (
        select c.external_id from sales_customer c
        where c.store_id = sales_order.store_id and c.id = sales_order.customer_id) as known_as
    from sales_order
    where store_id = $1 and deleted_at is null
      and (placed_at, id) > (coalesce($2::timestamptz, '-infinity'), $3::uuid)
    order by placed_at, id limit $4
"""
LINES = f"""
    select {LINE} from sales_order_line where store_id = $1 and order_id = any($2::uuid[])
    order by order_id, position
"""


class PgOrderPages:
    """See modules/sales/ports.py. A slow reader holds no transaction open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all_orders(
        self, *, store_id: UUID, within: Sequence[UUID]
    ) -> AsyncIterator[Sequence[ExportedOrder]]:
        last: ExportedOrder | None = None
        while True:
            async with self._database.work(DbRole.STORE, store_ids=within) as work:
                orders = await _page(work, store_id, last)
            if orders:
                yield orders
            if len(orders) < ORDERS_A_PAGE:
                return
            last = orders[-1]


async def _page(work: Work, store_id: UUID, last: ExportedOrder | None) -> list[ExportedOrder]:
    after = (last.placed_at, last.id) if last else (None, UUID(int=0))
    rows = await work.raw.fetch(PAGE, store_id, *after, ORDERS_A_PAGE)
    currencies = {row["id"]: row["currency"] for row in rows}
    lines: dict[UUID, list[OrderLineView]] = defaultdict(list)
    for line in await work.raw.fetch(LINES, store_id, list(currencies)):
        lines[line["order_id"]].append(line_of(line, currencies[line["order_id"]]))
    return [_exported(row, lines[row["id"]]) for row in rows]


def _exported(row: Record, lines: list[OrderLineView]) -> ExportedOrder:
    values = dict(row)
    known_as = values.pop("known_as")
    view = order_of(values, lines)
    fields = {name: getattr(view, name) for name in OrderView.__struct_fields__}
    return ExportedOrder(**fields, customer_external_id=known_as)

"""All orders of a store, page after page, each read in a short transaction of its own."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.sales.rows import LINE, WHOLE, line_of, order_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.ports.sales import OrderLineView, OrderView

ORDERS_A_PAGE = 200
PAGE = f"""
    select {WHOLE} from sales_order
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
    ) -> AsyncIterator[Sequence[OrderView]]:
        last: OrderView | None = None
        while True:
            async with self._database.work(DbRole.STORE, store_ids=within) as work:
                orders = await _page(work, store_id, last)
            if orders:
                yield orders
            if len(orders) < ORDERS_A_PAGE:
                return
            last = orders[-1]


async def _page(work: Work, store_id: UUID, last: OrderView | None) -> list[OrderView]:
    after = (last.placed_at, last.id) if last else (None, UUID(int=0))
    rows = await work.raw.fetch(PAGE, store_id, *after, ORDERS_A_PAGE)
    currencies = {row["id"]: row["currency"] for row in rows}
    lines: dict[UUID, list[OrderLineView]] = defaultdict(list)
    for line in await work.raw.fetch(LINES, store_id, list(currencies)):
        lines[line["order_id"]].append(line_of(line, currencies[line["order_id"]]))
    return [order_of(row, lines[row["id"]]) for row in rows]

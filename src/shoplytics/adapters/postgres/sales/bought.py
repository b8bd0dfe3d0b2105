"""Orders as their buyer sees them, each whole in one statement."""

from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.sales.keyset import Keyset
from shoplytics.adapters.postgres.sales.rows import PIECE, SUMMARY, WHOLE, line_view, order_of, summary_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports import CartOwner, OrderPiece, PageOf
from shoplytics.ports.sales import FulfilmentView, HistoryView, OrderSummary, OrderView

# A null opens nothing: neither equals anything.
OWNED = """(o.user_id = $1::uuid or o.checkout_id = (
    select c.id from sales_checkout c where c.token_hash = $2::bytea)) and o.deleted_at is null"""
# The store's own tags, and its record of the buyer, are not for the buyer.
_SUMMARY = SUMMARY.replace("customer_id", "null::uuid as customer_id")
_WHOLE = WHOLE.replace("customer_id", "null::uuid as customer_id").replace(" tags,", " '{}'::text[] as tags,")
_PAGE = f"select {_SUMMARY} from sales_order o where {OWNED}"
_BY_TIME = Keyset(_PAGE, "placed_at", "timestamptz", first=3)
SORTS = {"placed_at": _BY_TIME}
COUNT = f"select count(*) from sales_order o where {OWNED}"
_ORDER = f"""
    select {_WHOLE},
        (select json_agg(l order by l.position) from (
            select {PIECE} from sales_order_line l where l.store_id = o.store_id and l.order_id = o.id
        ) l)::text as lines,
        (select json_agg(f order by f.id) from (
            select f.id, f.tracking_number, f.carrier, f.lines, f.created_at
            from sales_fulfilment f where f.store_id = o.store_id and f.order_id = o.id
        ) f)::text as fulfilments,
        (select json_agg(h order by h.position) from (
            select h.position, h.kind, h.status_from, h.status_to, h.at, case
                when h.actor = 'anonymous' or h.actor = 'user:' || o.user_id then 'shopper'
                when h.actor like 'system%' then 'system' else 'store' end as by
            from sales_order_history h where h.store_id = o.store_id and h.order_id = o.id
        ) h)::text as history
    from sales_order o
"""
ONE = f"{_ORDER} where o.id = $3 and {OWNED}"
OF_CHECKOUT = f"{_ORDER} where o.checkout_id = $1 and o.deleted_at is null order by o.placed_at, o.id"


def _whole(row: Record) -> OrderView:
    """The rest of the row is what order_of knows."""
    currency = row["currency"]
    found = dict(row)
    lines, parcels, history = (found.pop(name) or "[]" for name in ("lines", "fulfilments", "history"))
    order = order_of(found, [line_view(one, currency) for one in from_json(lines, list[OrderPiece])])
    order.fulfilments = from_json(parcels, list[FulfilmentView])
    order.history = from_json(history, list[HistoryView])
    return order


class PgBoughtOrders:
    """See BoughtOrders in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def page(self, owner: CartOwner, page: PageOf) -> Page[OrderSummary]:
        of = owner.user_id, owner.token_hash
        keyset = Keyset.named(SORTS, page.sort)
        rows = await self._work.raw.fetch(keyset.sql(page.sort), *of, *keyset.start(page), page.limit + 1)
        found = keyset.page(rows, page, summary_of)
        if page.total:
            found.total = await self._work.raw.fetchval(COUNT, *of)
        return found

    async def one(self, owner: CartOwner, *, order_id: UUID) -> OrderView | None:
        row = await self._work.raw.fetchrow(ONE, owner.user_id, owner.token_hash, order_id)
        return None if row is None else _whole(row)

    async def of_checkout(self, checkout_id: UUID) -> list[OrderView]:
        return [_whole(row) for row in await self._work.raw.fetch(OF_CHECKOUT, checkout_id)]

"""Orders as their buyer sees them, each whole in one statement."""

from uuid import UUID

from shoplytics.adapters.postgres.sales.keyset import Keyset
from shoplytics.adapters.postgres.sales.rows import SUMMARY, WHOLE, summary_of
from shoplytics.adapters.postgres.sales.whole import HISTORY, LINES, PARCELS, whole_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports import CartOwner, PageOf
from shoplytics.ports.sales import OrderSummary, OrderView

# A null opens nothing: neither equals anything.
OWNED = """(o.user_id = $1::uuid or o.checkout_id = (
    select c.id from sales_checkout c where c.token_hash = $2::bytea)) and o.deleted_at is null"""
# The store's own tags, and its record of the buyer, are not for the buyer.
_SUMMARY = SUMMARY.replace("customer_id", "null::uuid as customer_id")
BUYERS = WHOLE.replace("customer_id", "null::uuid as customer_id").replace(" tags,", " '{}'::text[] as tags,")
_PAGE = f"select {_SUMMARY} from sales_order o where {OWNED}"
_BY_TIME = Keyset(_PAGE, "placed_at", "timestamptz", first=3)
SORTS = {"placed_at": _BY_TIME}
COUNT = f"select count(*) from sales_order o where {OWNED}"
_ORDER = f"select {BUYERS}, {LINES}, {PARCELS}, {HISTORY} from sales_order o"
ONE = f"{_ORDER} where o.id = $3 and {OWNED}"
OF_STORE = f"{_ORDER} where o.store_id = $1 and o.id = $2 and o.deleted_at is null"
OF_CHECKOUT = f"{_ORDER} where o.checkout_id = $1 order by o.placed_at, o.id"


class PgBoughtOrders:
    """See BoughtOrders in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def page(self, owner: CartOwner, page: PageOf) -> Page[OrderSummary]:
        of = owner.user_id, owner.token_hash
        keyset = Keyset.named(SORTS, page.sort)
        rows = await self._work.reading.fetch(keyset.sql(page.sort), *of, *keyset.start(page), page.limit + 1)
        found = keyset.page(rows, page, summary_of)
        if page.total:
            found.total = await self._work.reading.fetchval(COUNT, *of)
        return found

    async def one(self, owner: CartOwner, *, order_id: UUID) -> OrderView | None:
        row = await self._work.reading.fetchrow(ONE, owner.user_id, owner.token_hash, order_id)
        return None if row is None else whole_of(row)

    async def of_checkout(self, checkout_id: UUID) -> list[OrderView]:
        return [whole_of(row) for row in await self._work.reading.fetch(OF_CHECKOUT, checkout_id)]

    async def of_store(self, store_id: UUID, order_id: UUID) -> OrderView | None:
        row = await self._work.reading.fetchrow(OF_STORE, store_id, order_id)
        return None if row is None else whole_of(row)

"""Orders and customers of one store, in pages by key."""

from collections.abc import Mapping
from uuid import UUID

from shoplytics.adapters.postgres.sales.keyset import Keyset
from shoplytics.adapters.postgres.sales.rows import CUSTOMER, SUMMARY, customer_of, summary_of
from shoplytics.adapters.postgres.sales.whole import STORES_ORDER, stores_order_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports import OrderFilter, PageOf
from shoplytics.ports.sales import CustomerView, OrderSummary, StoreOrderView

ORDERS_WHERE = """
    store_id = $1 and deleted_at is null
    and ($2::text is null or status = $2) and ($3::text is null or financial_status = $3)
    and ($4::text is null or source = $4) and ($5::uuid is null or customer_id = $5)
    and placed_at >= coalesce($6::timestamptz, '-infinity')
    and placed_at <= coalesce($7::timestamptz, 'infinity')
    and ($8::text is null or strpos(lower(number), lower($8)) > 0 or strpos(email, lower($8)) > 0)
    and ($9::text is null or fulfilment_status = $9)
"""
CUSTOMERS_WHERE = """
    store_id = $1 and deleted_at is null
    and ($2::text is null or strpos(lower(name), lower($2)) > 0 or strpos(email, lower($2)) > 0)
"""
COUNT_ORDERS = f"select count(*) from sales_order where {ORDERS_WHERE}"
COUNT_CUSTOMERS = f"select count(*) from sales_customer where {CUSTOMERS_WHERE}"
ONE_CUSTOMER = f"select {CUSTOMER} from sales_customer where store_id = $1 and id = $2 and deleted_at is null"

TIME = "timestamptz"
ORDER_SORTS: Mapping[str, Keyset] = {
    "placed_at": Keyset(
        f"select {SUMMARY} from sales_order where {ORDERS_WHERE}", "placed_at", TIME, first=10
    )
}
_CUSTOMERS = f"select {CUSTOMER} from sales_customer where {CUSTOMERS_WHERE}"
CUSTOMER_SORTS: Mapping[str, Keyset] = {
    "created_at": Keyset(_CUSTOMERS, "created_at", TIME, first=3),
    "spent": Keyset(_CUSTOMERS, "spent", "bigint", first=3),
    "order_count": Keyset(_CUSTOMERS, "order_count", "bigint", first=3),
    "last_order_at": Keyset(
        _CUSTOMERS,
        "last_order_at",
        TIME,
        first=3,
        ordered="coalesce(last_order_at, '-infinity'::timestamptz)",
    ),
}


class PgSalesReads:
    """See modules/sales/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def orders(self, *, store_id: UUID, wanted: OrderFilter, page: PageOf) -> Page[OrderSummary]:
        keyset = Keyset.named(ORDER_SORTS, page.sort)
        asked = (
            store_id,
            wanted.status,
            wanted.financial_status,
            wanted.source,
            wanted.customer_id,
            wanted.placed_gte,
            wanted.placed_lte,
            wanted.q,
            wanted.fulfilment_status,
        )
        rows = await self._work.raw.fetch(keyset.sql(page.sort), *asked, *keyset.start(page), page.limit + 1)
        found = keyset.page(rows, page, summary_of)
        if page.total:
            found.total = await self._work.raw.fetchval(COUNT_ORDERS, *asked)
        return found

    async def order(self, *, store_id: UUID, order_id: UUID) -> StoreOrderView | None:
        row = await self._work.raw.fetchrow(STORES_ORDER, store_id, order_id)
        return None if row is None else stores_order_of(row)

    async def customers(self, *, store_id: UUID, q: str | None, page: PageOf) -> Page[CustomerView]:
        keyset = Keyset.named(CUSTOMER_SORTS, page.sort)
        rows = await self._work.raw.fetch(
            keyset.sql(page.sort), store_id, q, *keyset.start(page), page.limit + 1
        )
        found = keyset.page(rows, page, customer_of)
        if page.total:
            found.total = await self._work.raw.fetchval(COUNT_CUSTOMERS, store_id, q)
        return found

    async def customer(self, *, store_id: UUID, customer_id: UUID) -> CustomerView | None:
        row = await self._work.raw.fetchrow(ONE_CUSTOMER, store_id, customer_id)
        return None if row is None else customer_of(row)

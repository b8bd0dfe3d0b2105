"""What other modules ask of sales: who a store's customers are, who bought what."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.sales import CustomerContact

CONTACTS = """
    select id, name, email from sales_customer
    where store_id = $1 and id = any($2::uuid[]) and deleted_at is null
"""

BOUGHT = """
    select exists (
        select from sales_order o
        where o.user_id = $1 and o.paid_at is not null and o.status <> 'cancelled'
            and case when $3::uuid is null then o.store_id = $2 else exists (
                select from sales_order_line l
                where l.store_id = o.store_id and l.order_id = o.id and l.product_id = $3) end
    )
"""


class PgCustomerLookup:
    """See ports/sales.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def contacts(
        self, *, store_id: UUID, customer_ids: Sequence[UUID]
    ) -> Mapping[UUID, CustomerContact]:
        if not customer_ids:
            return {}
        rows = await self._work.raw.fetch(CONTACTS, store_id, list(customer_ids))
        return {row["id"]: CustomerContact(name=row["name"], email=row["email"]) for row in rows}


class PgPurchases:
    """See ports/sales/purchases.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def bought(self, *, user_id: UUID, store_id: UUID, product_id: UUID | None) -> bool:
        return bool(await self._work.raw.fetchval(BOUGHT, user_id, store_id, product_id))

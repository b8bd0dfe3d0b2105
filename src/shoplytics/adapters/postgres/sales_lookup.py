"""Who a store's customers are, for the reports."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.sales import CustomerContact

CONTACTS = """
    select id, name, email from sales_customer
    where store_id = $1 and id = any($2::uuid[]) and deleted_at is null
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

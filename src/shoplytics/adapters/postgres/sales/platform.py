"""Customers of all stores, for the platform's administrators."""

from collections.abc import Sequence
from uuid import UUID

from shoplytics.adapters.postgres.sales.rows import CUSTOMER, customer_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.sales import CustomerView

SEARCH = f"""
    select {CUSTOMER} from sales_customer
    where deleted_at is null and ($2::uuid is null or store_id = $2)
        and ($1::text is null or strpos(lower(name), lower($1)) > 0 or strpos(email, lower($1)) > 0)
        and ($3::uuid is null or id < $3)
    order by id desc limit $4
"""


class PgAllCustomers:
    """See AllCustomers in modules/sales/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def search(
        self, *, q: str | None, store_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[CustomerView]:
        return [customer_of(row) for row in await self._work.raw.fetch(SEARCH, q, store_id, before, limit)]

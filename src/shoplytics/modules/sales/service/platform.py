"""Customers of all stores."""

from uuid import UUID

from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.sales.ports import AllCustomers
from shoplytics.ports.sales import CustomerView

ALL_CUSTOMERS = "all-customers"


class PlatformCustomers:
    """Within the platform's unit of work."""

    def __init__(self, *, customers: AllCustomers) -> None:
        self._customers = customers

    async def search(
        self, *, q: str | None, store_id: UUID | None, cursor: str | None, limit: int
    ) -> Page[CustomerView]:
        """As their stores keep them, the newest first."""
        found = await self._customers.search(
            q=q, store_id=store_id, before=decode_id_cursor(cursor, sort=ALL_CUSTOMERS), limit=limit + 1
        )
        return page_of(found, limit, lambda customer: encode_cursor(ALL_CUSTOMERS, customer.id))

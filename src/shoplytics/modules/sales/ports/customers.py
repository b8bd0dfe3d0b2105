"""Customers that their store changes, takes out, or forgets: what sales needs from its tables."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.ports.sales import CustomerView


class CustomerRecords(Protocol):
    """In the store's unit of work."""

    async def take(self, *, store_id: UUID, customer_id: UUID) -> CustomerView | None:
        """Locked until the end of the work."""
        ...

    async def save(self, customer: CustomerView, *, now: datetime) -> CustomerView:
        """Name, phone, note and tags; a version on."""
        ...

    async def under_way(self, customer: CustomerView) -> int:
        """How many native orders still need to know who they are for."""
        ...

    async def erase(self, customer: CustomerView, *, now: datetime) -> Sequence[UUID]:
        """No word of the person stays, in the record, in their orders and carts; amounts do.

        In a unit of work of the system's. The checkouts that their orders belong to.
        """
        ...


class CustomerPages(Protocol):
    """Reads a whole store in short transactions of its own, for exports that outlive a request's."""

    def all_customers(
        self, *, store_id: UUID, within: Sequence[UUID]
    ) -> AsyncIterator[Sequence[CustomerView]]:
        """The oldest first. `within`: the stores that the reader works in."""
        ...

"""Who bought what: for reviews."""

from typing import Protocol
from uuid import UUID


class Purchases(Protocol):
    """Of the unit of work's user: orders that were paid and not cancelled, native ones."""

    async def bought(self, *, user_id: UUID, store_id: UUID, product_id: UUID | None) -> bool:
        """The product, from whichever store sold it; without one, anything from the store."""
        ...

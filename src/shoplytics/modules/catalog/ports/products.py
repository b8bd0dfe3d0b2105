"""The store's own products."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import NewProduct, ProductChange
from shoplytics.modules.catalog.ports.lists import FoundProducts, ProductQuery
from shoplytics.ports.catalog import ProductView
from shoplytics.ports.tenancy import StoreFacts


class CatalogRepository(Protocol):
    """The store's own side, within one unit of work."""

    async def known_store(self, facts: StoreFacts) -> StoreFacts:
        """What the catalogue knows of the store, told now if it knew nothing; locked against a change."""
        ...

    async def add(self, product: NewProduct, *, store: StoreFacts) -> None:
        """Raises SlugTaken or SkuTaken, and leaves the unit of work as it was."""
        ...

    async def free_slug(self, *, store_id: UUID, slug: str, product_id: UUID) -> str:
        """`slug`, or `slug-2` and so on when others have it; until the end nobody else gets one like it."""
        ...

    async def view(self, *, store_id: UUID, product_id: UUID) -> ProductView | None: ...
    async def change(self, change: ProductChange, *, now: datetime) -> bool:
        """False when there is no such product of that version."""
        ...

    async def delete(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool: ...
    async def restore(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool:
        """Raises SlugTaken or SkuTaken when another product has taken its place."""
        ...

    async def products(self, query: ProductQuery) -> FoundProducts: ...
    async def refresh(self, product_ids: Sequence[UUID]) -> list[UUID]:
        """Set each product's best offer: the cheapest available, ties to the owner, then the oldest.

        Which of them lists show differently now.
        """
        ...

    async def store_changed(self, facts: StoreFacts, *, version: int) -> None:
        """Nothing, when a newer version is known."""
        ...

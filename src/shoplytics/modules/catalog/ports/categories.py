"""Trees of categories: kept by whoever owns one, read by anyone."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import Category
from shoplytics.ports.catalog import CategoryView


class PublicCategories(Protocol):
    async def categories(self, store_id: UUID | None) -> list[CategoryView]:
        """The platform's (None) or an active store's, each after its parent, siblings in their order."""
        ...


class CategoryRepository(Protocol):
    """One tree (None: the platform's) within a unit of work."""

    async def categories(self, store_id: UUID | None) -> list[CategoryView]: ...
    async def category(self, *, store_id: UUID | None, category_id: UUID) -> CategoryView | None: ...
    async def tree(self, store_id: UUID | None) -> list[Category]:
        """The living ones; until the end of the work nobody else changes this tree."""
        ...

    async def deleted_with(self, *, store_id: UUID | None, category_id: UUID) -> list[Category]:
        """The deleted category, then what was deleted with it from under it; none when it is not deleted."""
        ...

    async def add(self, category: Category) -> None: ...
    async def save(self, changed: Sequence[Category]) -> None:
        """In one statement."""
        ...

    async def empty(self, categories: Sequence[UUID], *, into: UUID | None, store_id: UUID | None) -> None:
        """The products of `categories`, the store's or (None) everyone's, are in `into` now, or in none."""
        ...

    async def find(self, *, store_id: UUID, text: str) -> UUID | None:
        """By id or path, the store's own before the platform's; nobody deletes it before the work ends."""
        ...

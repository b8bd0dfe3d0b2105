"""What an export needs from outside."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import KnownProduct, Taxonomy
from shoplytics.modules.catalog.ports.lists import ProductFilter


@dataclass(frozen=True, kw_only=True)
class ProductsPage:
    """Some products with the store's own offers, whose prices are in `currency`."""

    currency: str
    products: Sequence[KnownProduct]


class ProductPages(Protocol):
    """Outside any unit of work."""

    async def taxonomy(self, *, store_id: UUID, within: Sequence[UUID]) -> Taxonomy:
        """All categories and attributes of the store, these in their order."""
        ...

    def all_products(
        self, *, store_id: UUID, within: Sequence[UUID], wanted: ProductFilter
    ) -> AsyncIterator[ProductsPage]:
        """The store's products, deleted ones aside, the oldest first; `within` are the reader's stores."""
        ...

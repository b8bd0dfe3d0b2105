"""Variants and options of a store's product, within one unit of work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import HeldProduct, NewVariant, Option, StockMerge
from shoplytics.ports.catalog.variants import StoreVariantView
from shoplytics.ports.tenancy import StoreFacts


class VariantRepository(Protocol):
    """Whoever changes variants holds their product first, and has it described at the end."""

    async def known_store(self, facts: StoreFacts) -> StoreFacts: ...
    async def hold(self, *, store_id: UUID, product_id: UUID) -> HeldProduct | None:
        """Nobody else changes it, its variants or the store's offers of it until the end."""
        ...

    async def variants(
        self, *, store_id: UUID, product_id: UUID, variant_id: UUID | None = None
    ) -> list[StoreVariantView] | None:
        """In their order; None when there is no such product."""
        ...

    async def add(
        self,
        variants: Sequence[NewVariant],
        *,
        product_id: UUID,
        store: StoreFacts,
        actor: str,
        now: datetime,
    ) -> None:
        """With the owner's offers. Raises SkuTaken."""
        ...

    async def rename(
        self, options: Mapping[UUID, Mapping[str, str]], *, store_id: UUID, now: datetime
    ) -> None:
        """Give variants their options, in the order of the product's; they may change places."""
        ...

    async def arrange(self, ids: Sequence[UUID], *, store_id: UUID, now: datetime) -> None: ...
    async def delete(self, ids: Sequence[UUID], *, store_id: UUID, now: datetime) -> None:
        """With the owner's offers."""
        ...

    async def restore(self, *, store_id: UUID, variant_id: UUID, now: datetime) -> None:
        """With the offer that was deleted with it. Raises SkuTaken."""
        ...

    async def merge_stock(
        self, merges: Sequence[StockMerge], *, store_id: UUID, reason: str, actor: str, now: datetime
    ) -> None:
        """With a movement of each offer."""
        ...

    async def describe(
        self, options: Sequence[Option], *, store_id: UUID, product_id: UUID, now: datetime
    ) -> None:
        """The product's options, its next version and its best offer."""
        ...

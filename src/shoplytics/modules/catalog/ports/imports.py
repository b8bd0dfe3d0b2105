"""What imports need."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import (
    ImportChange,
    KnownOffer,
    KnownProduct,
    KnownTraits,
    Plan,
    Taxonomy,
)
from shoplytics.ports.catalog import LowStockOffer
from shoplytics.ports.tenancy import StoreFacts


class ImportRepository(Protocol):
    """What an import needs, within the unit of work of one batch."""

    async def lock(self, store_id: UUID) -> None:
        """Until the end of the transaction no other import touches the store's catalogue."""
        ...

    async def known_store(self, facts: StoreFacts) -> StoreFacts: ...
    async def note_keys(self, *, store_id: UUID, job_id: UUID, lines: Mapping[str, int]) -> dict[str, int]:
        """Remembers the line of each key; the lines remembered before."""
        ...

    async def last_lines(self, *, store_id: UUID, job_id: UUID, keys: Sequence[str]) -> dict[str, int]: ...
    async def forget_keys(self, *, store_id: UUID, job_id: UUID) -> None: ...
    async def forget_old_keys(self, *, before: UUID) -> None:
        """Of every job, in any store, whose id is smaller."""
        ...

    async def offers_by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> dict[str, KnownOffer]:
        """Locked; a SKU that is not known is left out."""
        ...

    async def products_by_slug(self, *, store_id: UUID, slugs: Sequence[str]) -> dict[str, KnownProduct]:
        """With their variants, offers (locked) and images."""
        ...

    async def taken_slugs(self, *, store_id: UUID, slugs: Sequence[str]) -> set[str]: ...
    async def taxonomy(self, *, store_id: UUID, codes: Sequence[str], categories: bool) -> Taxonomy:
        """Attributes with `codes` and all that are required; categories if those or `categories` need them.

        Nobody changes any of them until the end of the work.
        """
        ...

    async def traits(self, *, store_id: UUID, products: Sequence[UUID]) -> dict[UUID, KnownTraits]:
        """Of those that are the store's own."""
        ...

    async def note_changes(self, changes: Sequence[ImportChange], *, store_id: UUID, job_id: UUID) -> None:
        """For the job's report."""
        ...

    async def carry_out(
        self, plan: Plan, *, store: StoreFacts, actor: str, now: datetime
    ) -> list[LowStockOffer]:
        """Everything in the plan, with movements of stock and the best offers; what runs low by it."""
        ...

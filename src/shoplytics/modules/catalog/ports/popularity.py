"""What popularity is counted from, and where it is kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec


class CountedSale(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of an order counts for: units by product, on the day it was placed (UTC)."""

    order_id: UUID
    version: int
    day: date
    units: dict[UUID, int]


class PopularityRepository(Protocol):
    """Within one unit of work. The scores of a product's days sum up to its popularity."""

    async def sales(self, *, store_id: UUID, order_ids: Sequence[UUID]) -> Mapping[UUID, CountedSale]:
        """As they were counted; until the end of the transaction nobody else counts sales of the store."""
        ...

    async def keep(self, *, store_id: UUID, sales: Sequence[CountedSale]) -> None: ...
    async def count(self, *, store_id: UUID, scores: Mapping[tuple[UUID, date], int]) -> None:
        """Add each to the product's day; products the store does not own are left alone."""
        ...

    async def forget(self, *, before: date) -> None:
        """Days before no longer count."""
        ...

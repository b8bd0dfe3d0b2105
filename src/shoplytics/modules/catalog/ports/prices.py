"""What changing many prices needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.catalog.domain import PriceRule
from shoplytics.modules.catalog.ports.lists import ProductFilter
from shoplytics.ports.catalog import PriceChange, PriceRefusal


class PriceTally(msgspec.Struct, kw_only=True):
    """Offers by outcome, `products` those of the changed ones; 100 examples and refusals at most."""

    matched: int
    changed: int
    unchanged: int
    refused: int
    products: int
    examples: list[PriceChange]
    refusals: list[PriceRefusal]


class PriceRepository(Protocol):
    """Over the store's offers of its own products that are `wanted`, and among `ids` if they are given."""

    async def preview(
        self, rule: PriceRule, *, store_id: UUID, ids: Sequence[UUID] | None, wanted: ProductFilter
    ) -> PriceTally:
        """What `change` would do at this moment."""
        ...

    async def change(
        self,
        rule: PriceRule,
        *,
        store_id: UUID,
        ids: Sequence[UUID] | None,
        wanted: ProductFilter,
        now: datetime,
    ) -> PriceTally:
        """Offers that are refused stay as they are, the others change with their products' best offers."""
        ...

"""What a store sells, and its stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.catalog.domain import NewOffer, OpenVariant, StockChange
from shoplytics.ports.catalog import StoreOfferView
from shoplytics.ports.tenancy import StoreFacts


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of an offer did beyond itself.

    `low`: what is available fell to the threshold or below. `listed`: lists show something else now.
    """

    low: bool
    listed: bool


class LowOffer(msgspec.Struct, frozen=True, kw_only=True):
    """`title` is the product's with its variant's."""

    title: str
    sku: str | None
    available: int


class OfferRepository(Protocol):
    """Within one unit of work; every change sets the product's best offer too."""

    async def known_store(self, facts: StoreFacts) -> StoreFacts: ...
    async def offers(
        self,
        *,
        store_id: UUID,
        sku: str | None = None,
        product_id: UUID | None = None,
        limit: int,
        after: UUID | None = None,
    ) -> list[StoreOfferView]: ...
    async def offer(self, *, store_id: UUID, offer_id: UUID) -> StoreOfferView | None: ...
    async def opened(self, variant_id: UUID) -> OpenVariant | None:
        """None for one that neither is the store's own nor belongs to an open, published product."""
        ...

    async def add_offer(self, offer: NewOffer) -> bool:
        """Whether lists show something else now. Raises OfferExists and SkuTaken."""
        ...

    async def save_offer(self, offer: StoreOfferView, *, version: int | None, now: datetime) -> Effect | None:
        """Writes SKU, prices, threshold and activity. None when the version differs. Raises SkuTaken."""
        ...

    async def delete_offer(self, *, store_id: UUID, offer_id: UUID, now: datetime) -> bool:
        """False for one that is reserved, of an own product or not there."""
        ...

    async def restore_offer(self, *, store_id: UUID, offer_id: UUID, now: datetime) -> bool:
        """False for one that is not deleted or of an own product. Raises OfferExists and SkuTaken."""
        ...

    async def low(self, *, store_id: UUID, offer_ids: Sequence[UUID]) -> list[LowOffer]:
        """What is left of those that are on sale at present."""
        ...

    async def move_stock(self, change: StockChange, *, now: datetime) -> Effect | None:
        """One conditional update and its movement. None when there is no such offer or too little stock."""
        ...

"""Variants as the store that owns them sees them."""

from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.ports.catalog import StoreOfferView


class StoreVariantView(msgspec.Struct, kw_only=True):
    """A variant with its own store's offer. `version` is its product's, and what If-Match takes."""

    id: UUID
    product_id: UUID
    title: str
    options: dict[str, str]
    position: int
    offer: StoreOfferView | None
    version: int
    created_at: datetime
    updated_at: datetime

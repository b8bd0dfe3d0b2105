"""Bodies of requests about offers and stock."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.modules.catalog.schemas.fields import Delta, Price, Quantity, Sku


class NewOfferInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Of a variant whose product its owner has opened to the marketplace."""

    variant_id: UUID
    price: Price
    sku: Sku | None = None
    compare_at_price: Price | None = None
    quantity: Quantity = 0
    low_stock_threshold: Quantity | None = None
    active: bool = True


class OfferPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    price: Price | UnsetType | None = UNSET
    compare_at_price: Price | UnsetType | None = UNSET
    sku: Sku | UnsetType | None = UNSET
    low_stock_threshold: Quantity | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class StockInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Exactly one of `adjust` and `set`, the quantity on hand."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    adjust: Delta | UnsetType = UNSET
    set: Quantity | UnsetType = UNSET

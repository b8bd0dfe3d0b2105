"""Bodies of requests. A price is a decimal text in the store's currency, or money that must agree with it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Title = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
Slug = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
LongText = Annotated[str, Meta(max_length=50_000)]
ShortText = Annotated[str, Meta(max_length=255)]
Tag = Annotated[str, Meta(min_length=1, max_length=100)]
Tags = Annotated[list[Tag], Meta(max_length=100)]
Sku = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$")]
Link = Annotated[str, Meta(max_length=2048, pattern=r"^https?://[^\s]+$")]
Quantity = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Delta = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Digits = Annotated[str, Meta(max_length=24)]


class Amount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    amount: Digits
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


Price = Amount | Digits


class OptionInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    values: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(min_length=1, max_length=250)
    ]


class VariantInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`options` names one value of each of the product's options."""

    options: dict[str, str] = msgspec.field(default_factory=dict)
    sku: Sku | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    quantity: Quantity = 0


class NewProductInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Options without variants make every combination; `price` and `compare_at_price` then hold for each."""

    title: Title
    description: LongText = ""
    slug: Slug | None = None
    vendor: ShortText = ""
    product_type: ShortText = ""
    tags: Tags = msgspec.field(default_factory=list)
    featured: bool = False
    active: bool = True
    published_at: Moment | None = None
    image_url: Link | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    sku: Sku | None = None
    quantity: Quantity | None = None
    options: Annotated[list[OptionInput], Meta(max_length=3)] = msgspec.field(default_factory=list)
    variants: Annotated[list[VariantInput], Meta(max_length=250)] = msgspec.field(default_factory=list)


class ProductPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """SKU, prices and quantity are those of the offer of a product with one variant."""

    title: Title | UnsetType = UNSET
    description: LongText | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    vendor: ShortText | UnsetType = UNSET
    product_type: ShortText | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    featured: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    published_at: Moment | UnsetType | None = UNSET
    image_url: Link | UnsetType | None = UNSET
    price: Price | UnsetType | None = UNSET
    compare_at_price: Price | UnsetType | None = UNSET
    sku: Sku | UnsetType | None = UNSET
    quantity: Quantity | UnsetType = UNSET


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

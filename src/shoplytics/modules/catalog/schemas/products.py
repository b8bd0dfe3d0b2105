"""Bodies of requests about products."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.modules.catalog.schemas.fields import (
    AttributeValues,
    CategoryRef,
    Link,
    LongText,
    Moment,
    Price,
    Quantity,
    ShortText,
    Sku,
    Slug,
    Tags,
    Title,
)


class OptionInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    values: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]],
        Meta(min_length=1, max_length=250),
    ]


class VariantInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`options` names one value of each of the product's options."""

    options: dict[str, str] = msgspec.field(default_factory=dict)
    sku: Sku | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    quantity: Quantity = 0


class NewProductInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Options without variants make every combination; `price` and `compare_at_price` then hold for each.

    `description` is HTML, of which a harmless part is kept, or plain text. Without `published_at` the product
    is published now, with null not at all, and with a later time then.
    """

    title: Title
    description: LongText = ""
    slug: Slug | None = None
    vendor: ShortText = ""
    product_type: ShortText = ""
    category: CategoryRef | None = None
    attributes: AttributeValues = msgspec.field(default_factory=dict)
    tags: Tags = msgspec.field(default_factory=list)
    featured: bool = False
    active: bool = True
    published_at: Moment | UnsetType | None = UNSET
    image_url: Link | None = None
    marketplace: bool = False
    price: Price | None = None
    compare_at_price: Price | None = None
    sku: Sku | None = None
    quantity: Quantity | None = None
    options: Annotated[list[OptionInput], Meta(max_length=3)] = msgspec.field(default_factory=list)
    variants: Annotated[list[VariantInput], Meta(max_length=250)] = msgspec.field(default_factory=list)


class ProductPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """SKU, prices and quantity are those of the offer of a product with one variant. Of `attributes` the sent
    codes change, and null takes a value away."""

    title: Title | UnsetType = UNSET
    description: LongText | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    vendor: ShortText | UnsetType = UNSET
    product_type: ShortText | UnsetType = UNSET
    category: CategoryRef | UnsetType | None = UNSET
    attributes: AttributeValues | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    featured: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    published_at: Moment | UnsetType | None = UNSET
    image_url: Link | UnsetType | None = UNSET
    marketplace: bool | UnsetType = UNSET
    price: Price | UnsetType | None = UNSET
    compare_at_price: Price | UnsetType | None = UNSET
    sku: Sku | UnsetType | None = UNSET
    quantity: Quantity | UnsetType = UNSET

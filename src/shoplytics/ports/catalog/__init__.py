"""Catalogue: products, variants, offers. Views, events and what other modules may ask."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money
from shoplytics.ports.catalog.bulk import (
    BulkPriceView,
    ImportChangeView,
    ImportResult,
    ImportSourceView,
    PriceChange,
    PriceRefusal,
    SourceRun,
)
from shoplytics.ports.catalog.events import (
    CATEGORIES,
    LISTS,
    PAGES,
    STORE_RATINGS,
    AttributesChanged,
    CatalogChanged,
    CategoriesChanged,
    ImageDropped,
    ImportSourceRan,
    LowStock,
    LowStockOffer,
    PricesChanged,
    ProductChanged,
    ProductsChanged,
    ReviewChanged,
    copy_of,
    lists_of,
    reviews_of,
)
from shoplytics.ports.catalog.facets import (
    AttributeFacet,
    CategoryCount,
    Facets,
    FlagCount,
    PriceRange,
    RatingCount,
    ValueCount,
)

__all__ = [
    "CATEGORIES",
    "LISTS",
    "PAGES",
    "STORE_RATINGS",
    "AttributeFacet",
    "AttributeValueView",
    "AttributeView",
    "AttributesChanged",
    "BulkPriceView",
    "CatalogChanged",
    "CatalogLookup",
    "CategoriesChanged",
    "CategoryCount",
    "CategoryView",
    "Facets",
    "FlagCount",
    "ImageDropped",
    "ImageStatus",
    "ImageView",
    "ImportChangeView",
    "ImportResult",
    "ImportSourceRan",
    "ImportSourceView",
    "LowStock",
    "LowStockOffer",
    "OfferBlock",
    "OfferView",
    "PriceChange",
    "PriceRange",
    "PriceRefusal",
    "PricesChanged",
    "ProductCategory",
    "ProductChanged",
    "ProductOption",
    "ProductPage",
    "ProductSummary",
    "ProductView",
    "ProductsChanged",
    "RatingCount",
    "Rendition",
    "ReviewChanged",
    "SoldItem",
    "SourceRun",
    "StoreImageView",
    "StoreOfferView",
    "ValueCount",
    "VariantView",
    "copy_of",
    "lists_of",
    "reviews_of",
]


class ProductSummary(msgspec.Struct):
    """A product in a list; price, SKU and stock are those of its best offer (null when none is open).

    Fields stand in the order of the list's SQL columns: rows become views by position.
    """

    id: UUID
    store_id: UUID
    store_name: str
    title: str
    slug: str
    image_url: str | None
    featured: bool
    tags: list[str]
    price: Money | None
    compare_at_price: Money | None
    sku: str | None
    in_stock: bool
    rating: float | None
    review_count: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    category_id: UUID | None


class ProductPage(msgspec.Struct):
    """A `kernel.paging.Page` with facets, which are there only when asked for with `?facets=true`."""

    items: list[ProductSummary]
    next_cursor: str | None = None
    total: int | msgspec.UnsetType = msgspec.UNSET
    facets: Facets | msgspec.UnsetType = msgspec.UNSET


class OfferView(msgspec.Struct, kw_only=True):
    """What one store sells of one variant; `available` = on hand minus reserved.

    Without a price it is not for sale yet, and only its own store sees it.
    """

    id: UUID
    variant_id: UUID
    store_id: UUID
    store_name: str
    sku: str | None
    price: Money | None
    compare_at_price: Money | None
    available: int
    active: bool


class OfferBlock(StrEnum):
    """Why nobody can buy an offer that is switched on; it ends by itself when the reason does."""

    STORE_INACTIVE = "store_inactive"
    PRODUCT_DELETED = "product_deleted"
    VARIANT_DELETED = "variant_deleted"
    PRODUCT_UNPUBLISHED = "product_unpublished"
    NOT_SOLD_HERE = "not_sold_here"
    MARKETPLACE_CLOSED = "marketplace_closed"
    NO_PRICE = "no_price"


class StoreOfferView(msgspec.Struct, kw_only=True):
    """An offer as its own store sees it; `low_stock_threshold` null means the store's own.

    `owner_id` is the store whose product it is: another than `store_id` for one of the marketplace.
    """

    id: UUID
    store_id: UUID
    owner_id: UUID
    product_id: UUID
    variant_id: UUID
    product_title: str
    variant_title: str
    sku: str | None
    price: Money | None
    compare_at_price: Money | None
    on_hand: int
    reserved: int
    available: int
    low_stock_threshold: int | None
    active: bool
    blocked_by: OfferBlock | None
    version: int
    updated_at: datetime


class Rendition(msgspec.Struct, kw_only=True):
    width: int
    height: int
    url: str


class ImageView(msgspec.Struct, kw_only=True):
    """`renditions` from small to large, `url` the largest; a linked image has none and lies elsewhere."""

    id: UUID
    url: str
    alt: str
    position: int
    width: int | None
    height: int | None
    renditions: list[Rendition]


class ImageStatus(StrEnum):
    """A `linked` image stays where its address says; ours wait to be made ready, or could not be."""

    LINKED = "linked"
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class StoreImageView(msgspec.Struct, kw_only=True):
    """An image as its own store sees it: `error` says why it failed, `source_url` where it is taken from."""

    id: UUID
    product_id: UUID
    status: ImageStatus
    error: str | None
    url: str | None
    alt: str
    position: int
    width: int | None
    height: int | None
    renditions: list[Rendition]
    source_url: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class VariantView(msgspec.Struct, kw_only=True):
    """`options` holds the chosen value of each of the product's options, by name."""

    id: UUID
    title: str
    options: dict[str, str]
    position: int
    offers: list[OfferView]


class ProductOption(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    values: list[str]


class AttributeView(msgspec.Struct, kw_only=True):
    """`kind` is text, number, boolean, date, choice (one of `choices`) or choices (some of them)."""

    id: UUID
    code: str
    name: str
    kind: str
    unit: str | None
    choices: list[str]
    category_id: UUID | None
    product_type: str | None
    required: bool
    filterable: bool
    position: int
    version: int
    created_at: datetime
    updated_at: datetime


class AttributeValueView(msgspec.Struct, kw_only=True):
    """What a product has of an attribute of its store that applies to it."""

    code: str
    name: str
    kind: str
    unit: str | None
    value: str | bool | int | float | list[str]


class CategoryView(msgspec.Struct, kw_only=True):
    """`store_id` null is the platform's. `depth` counts from 1 at the top, `position` among the siblings."""

    id: UUID
    store_id: UUID | None
    parent_id: UUID | None
    name: str
    slug: str
    path: str
    depth: int
    position: int
    description: str
    version: int
    created_at: datetime
    updated_at: datetime


class ProductCategory(msgspec.Struct, frozen=True):
    """`path` holds the slugs from the top down: `clothing/shirts`."""

    id: UUID
    name: str
    path: str


class ProductView(msgspec.Struct, kw_only=True):
    """`version` of the store's own is what If-Match takes; the public one differs with any offer's change.

    `marketplace`: other stores may offer its variants too.
    """

    id: UUID
    store_id: UUID
    store_name: str
    title: str
    slug: str
    description: str
    vendor: str
    product_type: str
    category: ProductCategory | None
    attributes: list[AttributeValueView]
    tags: list[str]
    featured: bool
    active: bool
    marketplace: bool
    options: list[ProductOption]
    variants: list[VariantView]
    image_url: str | None
    images: list[ImageView]
    rating: float | None
    review_count: int
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class SoldItem(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    variant_id: UUID


class CatalogLookup(Protocol):
    """For sales, tracking and analytics."""

    async def by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> Mapping[str, SoldItem]:
        """The store's own offers by SKU; a SKU it does not know is left out."""
        ...

    async def titles(self, *, store_id: UUID, product_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Titles of the products the store owns or offers; others are left out."""
        ...

    async def categories(self, *, store_id: UUID, category_ids: Sequence[UUID]) -> Collection[UUID]:
        """Those of them that are the store's own or the platform's."""
        ...

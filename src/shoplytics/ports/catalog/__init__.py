"""Catalogue: products, variants, offers. Views, events and what other modules may ask."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event
from shoplytics.kernel.money import Money


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
    PRODUCT_UNPUBLISHED = "product_unpublished"
    MARKETPLACE_CLOSED = "marketplace_closed"


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


class PriceChange(msgspec.Struct, kw_only=True):
    """An offer's price before and after; it had none when `before` is null."""

    offer_id: UUID
    product_id: UUID
    product_title: str
    variant_title: str
    sku: str | None
    before: Money | None
    after: Money


class PriceRefusal(msgspec.Struct, kw_only=True):
    """An offer that keeps its price: no_price (nothing to add percents to), would_be_zero or out_of_range."""

    offer_id: UUID
    product_id: UUID
    product_title: str
    variant_title: str
    sku: str | None
    before: Money | None
    code: str


class BulkPriceView(msgspec.Struct, kw_only=True):
    """Offers by outcome, and the products of the changed ones; at most 100 examples and refusals."""

    dry_run: bool
    matched: int
    changed: int
    unchanged: int
    refused: int
    products: int
    examples: list[PriceChange]
    refusals: list[PriceRefusal]


class ImportChangeView(msgspec.Struct, kw_only=True):
    """An offer that a line of the file changes."""

    line: int
    sku: str | None
    title: str
    price_before: Money | None
    price_after: Money | None
    stock_before: int | None
    stock_after: int | None


class ImportResult(msgspec.Struct, kw_only=True):
    """Products (format shopify) or SKUs (inventory) by outcome; `rejected` and `duplicates` count rows.

    A row with several errors is rejected once; one that is used in part counts too. `price_changes` and
    `stock_changes` count offers that were known before; of each the 20 that changed the most, in proportion,
    are shown, and all of them at `changes_url`. After a dry run that is what would have changed.
    """

    created: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    dry_run: bool
    price_changes: int
    stock_changes: int
    largest_price_changes: list[ImportChangeView]
    largest_stock_changes: list[ImportChangeView]
    changes_url: str


class SourceRun(msgspec.Struct, kw_only=True):
    """One run of an import source: `unchanged` when it held what was imported last, `failed` why."""

    job_id: UUID
    at: datetime
    status: Literal["imported", "unchanged", "failed"]
    file: str
    message: str
    report: ImportResult | None


class ImportSourceView(msgspec.Struct, kw_only=True):
    """A place that is imported from once a day, in the hour `hour` of the store's time zone."""

    id: UUID
    name: str
    kind: Literal["folder", "url"]
    location: str
    format: Literal["inventory", "shopify"]
    hour: int
    active: bool
    started_on: date | None
    last_run: SourceRun | None
    version: int
    created_at: datetime
    updated_at: datetime


class SoldItem(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    variant_id: UUID


CATEGORIES = "categories"
"""Tag of category trees, and of the lists and pages of products, which name theirs."""
PAGES = "product-pages"
"""Tag of every product's page."""
LISTS = "products"
"""Tag of lists over all stores."""


def lists_of(store_id: UUID) -> str:
    """Tag of the lists of that store's own products."""
    return f"products:{store_id}"


def copy_of(product_id: UUID) -> str:
    """Tag of one product's page."""
    return f"product:{product_id}"


class ProductChanged(Event, frozen=True, kw_only=True):
    """A product or one of its offers was made, changed, deleted or restored, or becomes visible now.

    `store_id` is its owner's.

    `listed` is false when no list shows the difference: some stock more or less, but neither none nor new.
    """

    type: ClassVar[str] = "catalog.product-changed"

    product_id: UUID
    deleted: bool
    listed: bool = True

    def makes_stale(self) -> tuple[str, ...]:
        return _stale(self.store_id, [self.product_id], listed=self.listed)


class ProductsChanged(Event, frozen=True, kw_only=True):
    """Many products of one store were made or changed at once, by an import or a bulk change."""

    type: ClassVar[str] = "catalog.products-changed"

    product_ids: tuple[UUID, ...]

    def makes_stale(self) -> tuple[str, ...]:
        return _stale(self.store_id, self.product_ids, listed=True)


def _stale(store_id: UUID | None, product_ids: Sequence[UUID], *, listed: bool) -> tuple[str, ...]:
    lists = (LISTS, *(() if store_id is None else (lists_of(store_id),))) if listed else ()
    return (*map(copy_of, product_ids), *lists)


class LowStockOffer(msgspec.Struct, frozen=True, kw_only=True):
    offer_id: UUID
    product_id: UUID
    available: int


class LowStock(Event, frozen=True, kw_only=True):
    """What is available of offers fell to their threshold or below; again only after it was above.

    One event for all that one change of stock did in one store.
    """

    type: ClassVar[str] = "catalog.low-stock"

    offers: tuple[LowStockOffer, ...]


class PricesChanged(Event, frozen=True, kw_only=True):
    """Many prices of a store changed at once; `offers` counts them. No ProductChanged tells of each."""

    type: ClassVar[str] = "catalog.prices-changed"

    offers: int

    def makes_stale(self) -> tuple[str, ...]:
        return (PAGES, *_stale(self.store_id, (), listed=True))


class AttributesChanged(Event, frozen=True, kw_only=True):
    """What a store tells of its products beyond the common fields has another name, order or scope now."""

    type: ClassVar[str] = "catalog.attributes-changed"

    def makes_stale(self) -> tuple[str, ...]:
        return (PAGES, *_stale(self.store_id, (), listed=True))


class CategoriesChanged(Event, frozen=True, kw_only=True):
    """A tree of categories is another now: the store's, or with no store the platform's."""

    type: ClassVar[str] = "catalog.categories-changed"

    def makes_stale(self) -> tuple[str, ...]:
        return (CATEGORIES,)


class ImportSourceRan(Event, frozen=True, kw_only=True):
    """A nightly import, or one that was asked for, is over; what it came to is kept under its job."""

    type: ClassVar[str] = "catalog.import-source-ran"

    source_id: UUID
    job_id: UUID


CatalogChanged: TypeAlias = (
    ProductChanged | ProductsChanged | PricesChanged | CategoriesChanged | AttributesChanged
)


class ImageDropped(Event, frozen=True, kw_only=True):
    """An image is no longer shown; `keys` are the objects that it was made of."""

    type: ClassVar[str] = "catalog.image-dropped"

    keys: list[str]


class CatalogLookup(Protocol):
    """For sales, tracking and analytics."""

    async def by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> Mapping[str, SoldItem]:
        """The store's own offers by SKU; a SKU it does not know is left out."""
        ...

    async def titles(self, *, store_id: UUID, product_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Titles of the products the store owns or offers; others are left out."""
        ...

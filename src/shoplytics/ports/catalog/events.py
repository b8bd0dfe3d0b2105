"""Facts that the catalogue publishes, and the tags of kept answers that each makes stale."""

from collections.abc import Sequence
from typing import ClassVar, TypeAlias
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event

CATEGORIES = "categories"
"""Tag of category trees, and of the lists and pages of products, which name theirs."""
PAGES = "product-pages"
"""Tag of every product's page."""
LISTS = "products"
"""Tag of lists over all stores."""
STORE_RATINGS = "store-ratings"
"""Tag of lists that show what many stores are rated."""


def lists_of(store_id: UUID) -> str:
    """Tag of the lists of that store's own products."""
    return f"products:{store_id}"


def copy_of(product_id: UUID) -> str:
    """Tag of one product's page."""
    return f"product:{product_id}"


def reviews_of(subject_id: UUID) -> str:
    """Tag of the lists of one product's or store's reviews."""
    return f"reviews:{subject_id}"


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


class ReviewChanged(Event, frozen=True, kw_only=True):
    """A review was written, changed, hidden, shown or taken back. `store_id` is who moderates it."""

    type: ClassVar[str] = "catalog.review-changed"

    review_id: UUID
    product_id: UUID | None

    def makes_stale(self) -> tuple[str, ...]:
        if self.product_id is None:
            return () if self.store_id is None else (reviews_of(self.store_id), STORE_RATINGS)
        lists = () if self.store_id is None else (lists_of(self.store_id),)
        return (reviews_of(self.product_id), copy_of(self.product_id), LISTS, *lists)


CatalogChanged: TypeAlias = (
    ProductChanged | ProductsChanged | PricesChanged | CategoriesChanged | AttributesChanged | ReviewChanged
)


class ImageDropped(Event, frozen=True, kw_only=True):
    """An image is no longer shown; `keys` are the objects that it was made of."""

    type: ClassVar[str] = "catalog.image-dropped"

    keys: list[str]

"""What the catalogue needs from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.catalog.domain import (
    KnownOffer,
    KnownProduct,
    NewProduct,
    Plan,
    ProductChange,
    StockChange,
)
from shoplytics.ports.catalog import ProductSummary, ProductView, StoreOfferView
from shoplytics.ports.tenancy import StoreFacts
from shoplytics.ports.tracking import ProductVisits


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Absent filters are None. `prices_at_least` and `_most` are minor units by number of decimal digits
    (0 to 4), since the currency of a single store is known only where its products lie."""

    store_id: UUID | None = None
    q: str | None = None
    tags: tuple[str, ...] | None = None
    title_words: str | None = None
    description_words: str | None = None
    sku: str | None = None
    currency: str | None = None
    prices_at_least: tuple[int, ...] | None = None
    prices_at_most: tuple[int, ...] | None = None
    in_stock: bool | None = None
    featured: bool | None = None
    rating_gte: int | None = None
    created_gte: datetime | None = None
    created_lte: datetime | None = None
    updated_gte: datetime | None = None
    updated_lte: datetime | None = None


class ProductQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`sort` names a column to go by; `after` holds the last row's key and id."""

    filters: ProductFilter
    sort: str
    descending: bool
    limit: int
    after: tuple[object, UUID] | None = None
    total: bool = False


class FoundProducts(msgspec.Struct, frozen=True):
    """`limit + 1` rows at most; `last_key` is the sort key of row `limit`; `total` stops at 1,001."""

    items: list[ProductSummary]
    last_key: object
    total: int | None


class PublicCatalog(Protocol):
    """Published products, each question answered by one statement."""

    async def products(self, query: ProductQuery) -> FoundProducts: ...
    async def product(self, product_id: UUID) -> ProductView | None: ...


class CatalogRepository(Protocol):
    """The store's own side, within one unit of work."""

    async def known_store(self, facts: StoreFacts) -> StoreFacts:
        """What the catalogue knows of the store, told now if it knew nothing; locked against a change."""
        ...

    async def add(self, product: NewProduct, *, store: StoreFacts) -> None:
        """Raises SlugTaken or SkuTaken, and leaves the unit of work as it was."""
        ...

    async def free_slug(self, *, store_id: UUID, slug: str, product_id: UUID) -> str:
        """`slug`, or `slug-2` and so on when others have it; until the end nobody else gets one like it."""
        ...

    async def view(self, *, store_id: UUID, product_id: UUID) -> ProductView | None: ...
    async def change(self, change: ProductChange, *, now: datetime) -> bool:
        """False when there is no such product of that version."""
        ...

    async def delete(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool: ...
    async def restore(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool:
        """Raises SlugTaken or SkuTaken when another product has taken its place."""
        ...

    async def products(self, query: ProductQuery) -> FoundProducts: ...
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
    async def save_offer(self, offer: StoreOfferView, *, version: int | None, now: datetime) -> bool:
        """Writes SKU, prices, threshold and activity. False when the version differs. Raises SkuTaken."""
        ...

    async def move_stock(self, change: StockChange, *, now: datetime) -> bool:
        """One conditional update and its movement. False when there is no such offer or too little stock."""
        ...

    async def refresh(self, product_ids: Sequence[UUID]) -> None:
        """Set each product's best offer: the cheapest available, ties to the owner, then the oldest."""
        ...

    async def store_changed(self, facts: StoreFacts, *, version: int) -> None:
        """Nothing, when a newer version is known."""
        ...

    async def count_visits(self, *, store_id: UUID, visits: Sequence[ProductVisits]) -> None:
        """Adds them to the popularity of the store's products; ids it does not own are left alone."""
        ...


class ImportRepository(Protocol):
    """What an import needs, within the unit of work of one batch."""

    async def lock(self, store_id: UUID) -> None:
        """Until the end of the transaction no other import touches the store's catalogue."""
        ...

    async def known_store(self, facts: StoreFacts) -> StoreFacts: ...
    async def note_keys(self, *, store_id: UUID, job_id: UUID, lines: Mapping[str, int]) -> dict[str, int]:
        """Remembers the line of each key; the lines remembered before."""
        ...

    async def last_lines(self, *, store_id: UUID, job_id: UUID, keys: Sequence[str]) -> dict[str, int]: ...
    async def forget_keys(self, *, store_id: UUID, job_id: UUID) -> None: ...
    async def forget_old_keys(self, *, before: UUID) -> None:
        """Of every job, in any store, whose id is smaller."""
        ...

    async def offers_by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> dict[str, KnownOffer]:
        """Locked; a SKU that is not known is left out."""
        ...

    async def products_by_slug(self, *, store_id: UUID, slugs: Sequence[str]) -> dict[str, KnownProduct]:
        """With their variants, offers (locked) and images."""
        ...

    async def taken_slugs(self, *, store_id: UUID, slugs: Sequence[str]) -> set[str]: ...
    async def carry_out(self, plan: Plan, *, store: StoreFacts, actor: str, now: datetime) -> None:
        """Everything in the plan, with movements of stock and the best offers."""
        ...

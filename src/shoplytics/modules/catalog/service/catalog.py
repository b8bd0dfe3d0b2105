"""What a store does with its own products."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.texts import tidy
from shoplytics.modules.catalog.domain import (
    NewProduct,
    ProductChange,
    SlugTaken,
    clean_tags,
)
from shoplytics.modules.catalog.ports import CatalogRepository
from shoplytics.modules.catalog.schemas import NewProductInput, ProductPatch
from shoplytics.modules.catalog.service.attributes import AttributeService
from shoplytics.modules.catalog.service.gallery import Gallery
from shoplytics.modules.catalog.service.importing import CatalogImports
from shoplytics.modules.catalog.service.low_stock import LowStockNotices
from shoplytics.modules.catalog.service.making import product_of, sells
from shoplytics.modules.catalog.service.nightly import NightlyImports
from shoplytics.modules.catalog.service.offers import OfferService
from shoplytics.modules.catalog.service.popularity import Popularity
from shoplytics.modules.catalog.service.prices import BulkPrices
from shoplytics.modules.catalog.service.reviews import ReviewService
from shoplytics.modules.catalog.service.rich_text import rich_text
from shoplytics.modules.catalog.service.search import ProductSearch, page_of_products, query_of
from shoplytics.ports.cache import StaleCopies
from shoplytics.ports.catalog import CatalogChanged, ProductChanged, ProductPage, ProductView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import STORES, AuditLog, StoreChanged, StoreDirectory, StoreFacts

SLUG_TRIES = 5


class CatalogService:
    """Works within the store of its unit of work; another store's things are not found."""

    def __init__(
        self,
        *,
        catalog: CatalogRepository,
        offers: OfferService,
        low_stock: LowStockNotices,
        attributes: AttributeService,
        imports: CatalogImports,
        nightly: NightlyImports,
        gallery: Gallery,
        prices: BulkPrices,
        popularity: Popularity,
        reviews: ReviewService,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        stale: StaleCopies,
        clock: Clock,
    ) -> None:
        self.offers = offers
        self.low_stock = low_stock
        self.imports = imports
        self.nightly = nightly
        self.gallery = gallery
        self.prices = prices
        self.popularity = popularity
        self.reviews = reviews
        self._catalog = catalog
        self._attributes = attributes
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._stale = stale
        self._clock = clock

    async def create(self, *, store_id: UUID, actor: Actor, data: NewProductInput) -> ProductView:
        """Variants are the options' combinations unless they are listed; each gets the store's offer."""
        store = await self._catalog.known_store(await self._stores.facts(store_id))
        product = product_of(data, store, actor=actor.label, now=self._clock())
        product.category_id = await self._attributes.category(store_id, data.category)
        product.attributes = await self._attributes.values(
            store_id=store_id,
            category_id=product.category_id,
            product_type=data.product_type,
            sent=data.attributes,
        )
        if data.slug is None:
            await self._add_with_free_slug(product, store)
        else:
            await self._catalog.add(product, store=store)
        await self._tell(store_id, product.id)
        await self._tell_later(store_id, product.id, product.published_at)
        made = await self.product(store_id=store_id, product_id=product.id)
        await self._note(actor, "products.create", store_id, product.id, after=made)
        return made

    async def product(self, *, store_id: UUID, product_id: UUID) -> ProductView:
        product = await self._catalog.view(store_id=store_id, product_id=product_id)
        if product is None:
            raise NotFound
        return product

    async def products(self, *, store_id: UUID, search: ProductSearch) -> ProductPage:
        """Unpublished ones too."""
        query = query_of(msgspec.structs.replace(search, store=store_id))
        return page_of_products(await self._catalog.products(query), search)

    async def change(
        self, *, store_id: UUID, product_id: UUID, data: ProductPatch, version: int | None, actor: Actor
    ) -> ProductView:
        """SKU, prices and quantity go to the one offer. Raises NeedsOneOffer where there are more."""
        seen = await self.product(store_id=store_id, product_id=product_id)
        if version is not None and seen.version != version:
            raise Stale
        if sells(data):
            # Offers before products, as everywhere; each offer written raises the product's version by one.
            written = await self.offers.change_only(
                store_id=store_id, product_id=product_id, data=data, actor=actor
            )
            version = None if version is None else version + written
        names = ("title", "description", "slug", "vendor", "product_type", "tags", "featured", "active")
        fields: dict[str, Any] = {
            name: getattr(data, name)
            for name in (*names, "published_at", "image_url", "marketplace")
            if getattr(data, name) is not UNSET
        }
        for name in {"title", "vendor", "product_type"} & set(fields):
            fields[name] = tidy(fields[name])
        if data.description is not UNSET:
            fields["description"] = rich_text(data.description)
        if "tags" in fields:
            fields["tags"] = list(clean_tags(fields["tags"]))
        if data.category is not UNSET:
            fields["category_id"] = await self._attributes.category(store_id, data.category)
        if data.attributes is not UNSET:
            category_id = fields.get("category_id", seen.category and seen.category.id)
            values = await self._attributes.values(
                store_id=store_id,
                category_id=category_id,
                product_type=seen.product_type if data.product_type is UNSET else data.product_type,
                sent=data.attributes,
                has=frozenset(one.code for one in seen.attributes),
            )
            fields["attributes"] = to_json(values).decode()
        change = ProductChange(store_id=store_id, product_id=product_id, version=version, fields=fields)
        if not await self._catalog.change(change, now=self._clock()):
            raise Stale
        if "marketplace" in fields:
            await self._catalog.refresh([product_id])
        await self._tell(store_id, product_id)
        changed = await self.product(store_id=store_id, product_id=product_id)
        await self._tell_later(store_id, product_id, changed.published_at)
        await self._note(actor, "products.change", store_id, product_id, before=seen, after=changed)
        return changed

    async def delete(self, *, store_id: UUID, product_id: UUID, actor: Actor) -> None:
        """Its offers go with it, and their SKUs are free again."""
        if not await self._catalog.delete(store_id=store_id, product_id=product_id, now=self._clock()):
            raise NotFound
        await self._tell(store_id, product_id, deleted=True)
        await self._note(actor, "products.delete", store_id, product_id)

    async def restore(self, *, store_id: UUID, product_id: UUID, actor: Actor) -> ProductView:
        """With the offers that were deleted with it. Raises SlugTaken or SkuTaken."""
        if not await self._catalog.restore(store_id=store_id, product_id=product_id, now=self._clock()):
            raise NotFound
        await self._tell(store_id, product_id)
        await self._note(actor, "products.restore", store_id, product_id)
        return await self.product(store_id=store_id, product_id=product_id)

    async def store_changed(self, event: StoreChanged) -> None:
        await self._catalog.store_changed(event.facts, version=event.version)
        self._stale.drop(STORES)

    def drop_copies(self, event: CatalogChanged) -> None:
        """Once more: whoever wrote the event may have died before the other processes heard of it."""
        self._stale.drop(*event.makes_stale())

    async def _add_with_free_slug(self, product: NewProduct, store: StoreFacts) -> None:
        """Again when an import or a slug given by someone else was faster."""
        wanted = product.slug
        for _ in range(SLUG_TRIES):
            product.slug = await self._catalog.free_slug(
                store_id=store.id, slug=wanted, product_id=product.id
            )
            try:
                return await self._catalog.add(product, store=store)
            except SlugTaken:
                continue
        raise SlugTaken

    async def _note(
        self,
        actor: Actor,
        action: str,
        store_id: UUID,
        product_id: UUID,
        *,
        before: ProductView | None = None,
        after: ProductView | None = None,
    ) -> None:
        target = f"product:{product_id}"
        await self._audit.record(
            actor=actor, action=action, target=target, store_id=store_id, before=before, after=after
        )

    async def _tell(self, store_id: UUID, product_id: UUID, *, deleted: bool = False) -> None:
        await self._outbox.add(ProductChanged(store_id=store_id, product_id=product_id, deleted=deleted))

    async def _tell_later(self, store_id: UUID, product_id: UUID, published_at: datetime | None) -> None:
        """Time alone makes it visible, and kept lists must hear of that too."""
        if published_at is not None and published_at > self._clock():
            event = ProductChanged(store_id=store_id, product_id=product_id, deleted=False)
            await self._outbox.add(event, due=published_at)

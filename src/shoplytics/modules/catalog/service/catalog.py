"""What a store does with its own products, offers and stock."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale, invalid_field
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.catalog.domain import (
    MAX_ON_HAND,
    NewProduct,
    ProductChange,
    SlugTaken,
    StockChange,
    TooLittleStock,
    clean_tags,
    unknown_category,
)
from shoplytics.modules.catalog.ports import CatalogRepository, CategoryRepository
from shoplytics.modules.catalog.schemas import NewProductInput, OfferPatch, ProductPatch, StockInput
from shoplytics.modules.catalog.service.importing import CatalogImports
from shoplytics.modules.catalog.service.making import (
    NeedsOneOffer,
    offered,
    product_of,
    sells,
)
from shoplytics.modules.catalog.service.prices import BulkPrices
from shoplytics.modules.catalog.service.search import ProductSearch, page_of_products, query_of
from shoplytics.ports.cache import StaleCopies
from shoplytics.ports.catalog import (
    CatalogChanged,
    ProductChanged,
    ProductSummary,
    ProductView,
    StoreOfferView,
)
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import STORES, AuditLog, StoreChanged, StoreDirectory, StoreFacts
from shoplytics.ports.tracking import VisitsRecorded

OFFER_SORT = "id"
SLUG_TRIES = 5


class CatalogService:
    """Works within the store of its unit of work; another store's things are not found."""

    def __init__(
        self,
        *,
        catalog: CatalogRepository,
        categories: CategoryRepository,
        imports: CatalogImports,
        prices: BulkPrices,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        stale: StaleCopies,
        clock: Clock,
    ) -> None:
        self.imports = imports
        self.prices = prices
        self._catalog = catalog
        self._categories = categories
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._stale = stale
        self._clock = clock

    async def create(self, *, store_id: UUID, actor: Actor, data: NewProductInput) -> ProductView:
        """Variants are the options' combinations unless they are listed; each gets the store's offer."""
        store = await self._catalog.known_store(await self._stores.facts(store_id))
        category_id = await self._category(store_id, data.category)
        product = product_of(data, store, category_id=category_id, actor=actor.label, now=self._clock())
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

    async def products(self, *, store_id: UUID, search: ProductSearch) -> Page[ProductSummary]:
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
            written = await self._change_only_offer(store_id, product_id, data, actor)
            version = None if version is None else version + written
        names = ("title", "description", "slug", "vendor", "product_type", "tags", "featured", "active")
        fields = {
            name: getattr(data, name)
            for name in (*names, "published_at", "image_url")
            if getattr(data, name) is not UNSET
        }
        if "tags" in fields:
            fields["tags"] = list(clean_tags(fields["tags"]))
        if data.category is not UNSET:
            fields["category_id"] = await self._category(store_id, data.category)
        change = ProductChange(store_id=store_id, product_id=product_id, version=version, fields=fields)
        if not await self._catalog.change(change, now=self._clock()):
            raise Stale
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

    async def offers(
        self, *, store_id: UUID, sku: str | None, limit: int, cursor: str | None
    ) -> Page[StoreOfferView]:
        """Oldest first."""
        after = decode_cursor(cursor, sort=OFFER_SORT, length=1)
        try:
            last = UUID(str(after.keys[0])) if after else None
        except ValueError:
            raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of the page before.") from None
        found = await self._catalog.offers(store_id=store_id, sku=sku, limit=limit + 1, after=last)
        return page_of(found, limit, lambda offer: encode_cursor(OFFER_SORT, offer.id))

    async def offer(self, *, store_id: UUID, offer_id: UUID) -> StoreOfferView:
        found = await self._catalog.offer(store_id=store_id, offer_id=offer_id)
        if found is None:
            raise NotFound
        return found

    async def change_offer(
        self, *, store_id: UUID, offer_id: UUID, data: OfferPatch, version: int | None, actor: Actor
    ) -> StoreOfferView:
        """Raises SkuTaken and Stale."""
        offer = await self.offer(store_id=store_id, offer_id=offer_id)
        store = await self._stores.facts(store_id)
        changed = offered(offer, data, store.currency)
        if not await self._catalog.save_offer(changed, version=version, now=self._clock()):
            raise Stale
        await self._tell(store_id, offer.product_id)
        return await self._noted(actor, "offers.change", before=offer)

    async def move_stock(
        self, *, store_id: UUID, offer_id: UUID, data: StockInput, actor: Actor
    ) -> StoreOfferView:
        """Raises TooLittleStock for a quantity below what is reserved, Invalid for one past MAX_ON_HAND."""
        if (data.adjust is UNSET) == (data.set is UNSET):
            raise invalid_field("/adjust", "one_of", "Give exactly one of adjust and set.")
        if data.adjust == 0:
            raise invalid_field("/adjust", "out_of_range", "An adjustment adds or takes away something.")
        offer = await self.offer(store_id=store_id, offer_id=offer_id)
        change = StockChange(
            store_id=store_id,
            offer_id=offer_id,
            reason=data.reason,
            actor=actor.label,
            adjust=None if data.adjust is UNSET else data.adjust,
            to=None if data.set is UNSET else data.set,
        )
        await self._move(change)
        await self._tell(store_id, offer.product_id)
        return await self._noted(actor, "stock.move", before=offer)

    async def store_changed(self, event: StoreChanged) -> None:
        await self._catalog.store_changed(event.facts, version=event.version)
        self._stale.drop(STORES)

    def drop_copies(self, event: CatalogChanged) -> None:
        """Once more: whoever wrote the event may have died before the other processes heard of it."""
        self._stale.drop(*event.makes_stale())

    async def count_visits(self, event: VisitsRecorded) -> None:
        if event.store_id is not None and event.products:
            await self._catalog.count_visits(store_id=event.store_id, visits=event.products)

    async def _category(self, store_id: UUID, text: str | None) -> UUID | None:
        """Raises Invalid for a category that neither the store nor the platform has."""
        if text is None:
            return None
        found = await self._categories.find(store_id=store_id, text=text)
        if found is None:
            raise unknown_category()
        return found

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

    async def _change_only_offer(
        self, store_id: UUID, product_id: UUID, data: ProductPatch, actor: Actor
    ) -> int:
        """How often that raised the product's version."""
        offers = await self._catalog.offers(store_id=store_id, product_id=product_id, limit=2)
        if len(offers) != 1:
            raise NeedsOneOffer
        store = await self._stores.facts(store_id)
        patch = OfferPatch(price=data.price, compare_at_price=data.compare_at_price, sku=data.sku)
        written = patch != OfferPatch()
        if written:
            changed = offered(offers[0], patch, store.currency)
            await self._catalog.save_offer(changed, version=None, now=self._clock())
        if data.quantity is not UNSET:
            await self._move(
                StockChange(
                    store_id=store_id,
                    offer_id=offers[0].id,
                    reason="set",
                    actor=actor.label,
                    to=data.quantity,
                )
            )
        return int(written)

    async def _move(self, change: StockChange) -> None:
        if await self._catalog.move_stock(change, now=self._clock()):
            return
        offer = await self.offer(store_id=change.store_id, offer_id=change.offer_id)  # locked by the attempt
        if change.adjust is not None and offer.on_hand + change.adjust > MAX_ON_HAND:
            raise invalid_field("/adjust", "out_of_range", f"At most {MAX_ON_HAND:,} are on hand.")
        raise TooLittleStock

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

    async def _noted(self, actor: Actor, action: str, *, before: StoreOfferView) -> StoreOfferView:
        """The offer as it is now, once that is in the audit log."""
        after = await self.offer(store_id=before.store_id, offer_id=before.id)
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"offer:{before.id}",
            store_id=before.store_id,
            before=before,
            after=after,
        )
        return after

    async def _tell(self, store_id: UUID, product_id: UUID, *, deleted: bool = False) -> None:
        await self._outbox.add(ProductChanged(store_id=store_id, product_id=product_id, deleted=deleted))

    async def _tell_later(self, store_id: UUID, product_id: UUID, published_at: datetime | None) -> None:
        """Time alone makes it visible, and kept lists must hear of that too."""
        if published_at is not None and published_at > self._clock():
            event = ProductChanged(store_id=store_id, product_id=product_id, deleted=False)
            await self._outbox.add(event, due=published_at)

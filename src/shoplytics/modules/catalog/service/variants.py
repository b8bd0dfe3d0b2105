"""What a store does with the variants of its products."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.domain import (
    HeldProduct,
    HeldVariant,
    LastVariant,
    Option,
    OptionsChanged,
    StockReserved,
    WrongVariants,
    of_id,
    tidy_options,
)
from shoplytics.modules.catalog.ports import VariantRepository
from shoplytics.modules.catalog.schemas import (
    NewVariantInput,
    OfferPatch,
    VariantOrder,
    VariantPatch,
)
from shoplytics.modules.catalog.service.making import new_variant, prices_of
from shoplytics.modules.catalog.service.offers import OfferService
from shoplytics.ports.catalog import ProductChanged
from shoplytics.ports.catalog.variants import StoreVariantView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory


async def hold(
    variants: VariantRepository, *, store_id: UUID, product_id: UUID, version: int | None = None
) -> HeldProduct:
    """Raises NotFound, and Stale where another version of it is held."""
    product = await variants.hold(store_id=store_id, product_id=product_id)
    if product is None:
        raise NotFound
    if version not in {None, product.version}:
        raise Stale
    return product


class VariantService:
    """Works within the store of its unit of work; another store's products are not found."""

    def __init__(
        self,
        *,
        variants: VariantRepository,
        offers: OfferService,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._variants = variants
        self._offers = offers
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def page(self, *, store_id: UUID, product_id: UUID) -> Page[StoreVariantView]:
        """All of them, in their order."""
        found = await self._variants.variants(store_id=store_id, product_id=product_id)
        if found is None:
            raise NotFound
        return Page(items=found)

    async def one(self, *, store_id: UUID, product_id: UUID, variant_id: UUID) -> StoreVariantView:
        found = await self._variants.variants(store_id=store_id, product_id=product_id, variant_id=variant_id)
        if not found:
            raise NotFound
        return found[0]

    async def create(
        self, *, store_id: UUID, product_id: UUID, data: NewVariantInput, actor: Actor
    ) -> StoreVariantView:
        """With the store's offer. Raises WrongVariants, VariantExists, TooManyVariants and SkuTaken."""
        store = await self._variants.known_store(await self._stores.facts(store_id))
        product = await hold(self._variants, store_id=store_id, product_id=product_id)
        chosen = product.chosen(tidy_options(data.options, product.names))
        options = product.take(chosen)
        place = len(product.variants) + 1
        made = new_variant(chosen, place, data.sku, prices_of(data, store.currency), data.quantity)
        await self._variants.add(
            [made], product_id=product_id, store=store, actor=actor.label, now=self._clock()
        )
        await self._settle(store_id, product, options, product.placed(made.id, data.position))
        after = await self.one(store_id=store_id, product_id=product_id, variant_id=made.id)
        await self._note(actor, "variants.create", store_id, after=after)
        return after

    async def change(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        variant_id: UUID,
        data: VariantPatch,
        version: int | None,
        actor: Actor,
    ) -> StoreVariantView:
        """Raises Stale, WrongVariants, VariantExists and SkuTaken."""
        product = await hold(self._variants, store_id=store_id, product_id=product_id, version=version)
        variant = of_id(product.variants, variant_id)
        if variant is None:
            raise NotFound
        if data.options is not UNSET or data.position is not UNSET:
            await self._reshape(store_id, product, variant, data, actor)
        offer = OfferPatch(
            price=data.price,
            compare_at_price=data.compare_at_price,
            sku=data.sku,
            low_stock_threshold=data.low_stock_threshold,
            active=data.active,
        )
        if offer != OfferPatch() and variant.offer_id is not None:
            await self._offers.change(
                store_id=store_id, offer_id=variant.offer_id, data=offer, version=None, actor=actor
            )
        return await self.one(store_id=store_id, product_id=product_id, variant_id=variant_id)

    async def order(
        self, *, store_id: UUID, product_id: UUID, data: VariantOrder, version: int | None, actor: Actor
    ) -> Page[StoreVariantView]:
        """Raises Stale and WrongVariants."""
        product = await hold(self._variants, store_id=store_id, product_id=product_id, version=version)
        before = [variant.id for variant in product.variants]
        if sorted(data.ids) != sorted(before):
            msg = "Name every variant of the product once, and nothing else."
            raise WrongVariants(msg)
        await self._settle(store_id, product, product.options, data.ids)
        await self._audit.record(
            actor=actor,
            action="variants.order",
            target=f"product:{product_id}",
            store_id=store_id,
            before=VariantOrder(ids=before),
            after=data,
        )
        return await self.page(store_id=store_id, product_id=product_id)

    async def delete(self, *, store_id: UUID, product_id: UUID, variant_id: UUID, actor: Actor) -> None:
        """With its offer, whose stock comes back with it. Raises LastVariant and StockReserved."""
        product = await hold(self._variants, store_id=store_id, product_id=product_id)
        variant = of_id(product.variants, variant_id)
        if variant is None:
            raise NotFound
        if len(product.variants) == 1:
            raise LastVariant
        if variant.reserved:
            raise StockReserved
        before = await self.one(store_id=store_id, product_id=product_id, variant_id=variant_id)
        await self._variants.delete([variant_id], store_id=store_id, now=self._clock())
        others = [other.id for other in product.variants if other.id != variant_id]
        await self._settle(store_id, product, product.options, others)
        await self._note(actor, "variants.delete", store_id, before=before)

    async def restore(
        self, *, store_id: UUID, product_id: UUID, variant_id: UUID, actor: Actor
    ) -> StoreVariantView:
        """In its place, with its offer. Raises OptionsChanged, VariantExists, TooManyVariants, SkuTaken."""
        product = await hold(self._variants, store_id=store_id, product_id=product_id)
        variant = of_id(product.deleted, variant_id)
        if variant is None:
            raise NotFound
        if set(variant.options) != set(product.names):
            raise OptionsChanged
        chosen = product.chosen(variant.options)
        options = product.take(chosen)
        await self._variants.rename({variant_id: chosen}, store_id=store_id, now=self._clock())
        await self._variants.restore(store_id=store_id, variant_id=variant_id, now=self._clock())
        await self._settle(store_id, product, options, product.placed(variant_id, variant.position))
        after = await self.one(store_id=store_id, product_id=product_id, variant_id=variant_id)
        await self._note(actor, "variants.restore", store_id, after=after)
        return after

    async def _reshape(
        self, store_id: UUID, product: HeldProduct, variant: HeldVariant, data: VariantPatch, actor: Actor
    ) -> None:
        before = await self.one(store_id=store_id, product_id=product.id, variant_id=variant.id)
        options, ids = product.options, [other.id for other in product.variants]
        if data.options is not UNSET:
            chosen = product.chosen({**variant.options, **tidy_options(data.options, product.names)})
            options = product.take(chosen, instead_of=variant.id)
            await self._variants.rename({variant.id: chosen}, store_id=store_id, now=self._clock())
        if data.position is not UNSET:
            ids = product.placed(variant.id, data.position)
        await self._settle(store_id, product, options, ids)
        after = await self.one(store_id=store_id, product_id=product.id, variant_id=variant.id)
        await self._note(actor, "variants.change", store_id, before=before, after=after)

    async def _settle(
        self, store_id: UUID, product: HeldProduct, options: Sequence[Option], ids: Sequence[UUID]
    ) -> None:
        """The places of the variants and what the product says of them, told to those who look."""
        now = self._clock()
        await self._variants.arrange(ids, store_id=store_id, now=now)
        await self._variants.describe(options, store_id=store_id, product_id=product.id, now=now)
        await self._outbox.add(ProductChanged(store_id=store_id, product_id=product.id, deleted=False))

    async def _note(
        self,
        actor: Actor,
        action: str,
        store_id: UUID,
        *,
        before: StoreVariantView | None = None,
        after: StoreVariantView | None = None,
    ) -> None:
        variant = after or before
        target = f"variant:{variant.id}" if variant is not None else "variant"
        await self._audit.record(
            actor=actor, action=action, target=target, store_id=store_id, before=before, after=after
        )

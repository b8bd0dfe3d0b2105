"""What a store sells: offers of its own products and of others' open ones, and their stock."""

from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale, invalid_field
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.catalog.domain import (
    MAX_ON_HAND,
    OtherCurrency,
    OwnOffer,
    StockChange,
    StockReserved,
    TooLittleStock,
)
from shoplytics.modules.catalog.ports import Effect, MovementFilter, MovementReader, OfferRepository
from shoplytics.modules.catalog.schemas import NewOfferInput, OfferPatch, ProductPatch, StockInput
from shoplytics.modules.catalog.service.making import NeedsOneOffer, offer_of, offered
from shoplytics.ports.catalog import LowStock, LowStockOffer, ProductChanged, StoreOfferView
from shoplytics.ports.catalog.stock import MovementView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

OFFER_SORT = "id"
MOVEMENT_SORT = "movements"


class OfferService:
    """Works within the store of its unit of work; another store's offers are not found."""

    def __init__(
        self,
        *,
        offers: OfferRepository,
        movements: MovementReader,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._offers = offers
        self._movements = movements
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def page(
        self, *, store_id: UUID, sku: str | None, limit: int, cursor: str | None
    ) -> Page[StoreOfferView]:
        """Oldest first, those that are blocked too."""
        after = decode_id_cursor(cursor, sort=OFFER_SORT)
        found = await self._offers.offers(store_id=store_id, sku=sku, limit=limit + 1, after=after)
        return page_of(found, limit, lambda offer: encode_cursor(OFFER_SORT, offer.id))

    async def one(self, *, store_id: UUID, offer_id: UUID) -> StoreOfferView:
        found = await self._offers.offer(store_id=store_id, offer_id=offer_id)
        if found is None:
            raise NotFound
        return found

    async def movements(self, wanted: MovementFilter, *, cursor: str | None) -> Page[MovementView]:
        """Newest first. Raises Invalid for a time without its offset, or `from` after `to`."""
        for name, moment in (("from", wanted.since), ("to", wanted.until)):
            if moment is not None and moment.tzinfo is None:
                pointer = f"?{name}"
                raise invalid_field(pointer, "invalid_date", "Give the offset too: 2026-01-31T08:00:00Z.")
        if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
            raise invalid_field("?from", "invalid_range", "`from` must not be after `to`.")
        before = decode_id_cursor(cursor, sort=MOVEMENT_SORT)
        asked = msgspec.structs.replace(wanted, before=before, limit=wanted.limit + 1)
        found = await self._movements.movements(asked)
        return page_of(found, wanted.limit, lambda movement: encode_cursor(MOVEMENT_SORT, movement.id))

    async def create(self, *, store_id: UUID, data: NewOfferInput, actor: Actor) -> StoreOfferView:
        """Raises NotFound for a variant that is not open to it, OtherCurrency, OfferExists, SkuTaken."""
        variant = await self._offers.opened(data.variant_id)
        if variant is None:
            raise NotFound
        store = await self._offers.known_store(await self._stores.facts(store_id))
        if store.currency != variant.currency:
            raise OtherCurrency
        offer = offer_of(data, variant, store, actor=actor.label, now=self._clock())
        listed = await self._offers.add_offer(offer)
        made = await self.one(store_id=store_id, offer_id=offer.id)
        await self._tell(made, Effect(low=False, listed=listed))
        await self._note(actor, "offers.create", made.id, store_id, after=made)
        return made

    async def change(
        self, *, store_id: UUID, offer_id: UUID, data: OfferPatch, version: int | None, actor: Actor
    ) -> StoreOfferView:
        """Raises SkuTaken and Stale."""
        offer = await self.one(store_id=store_id, offer_id=offer_id)
        store = await self._stores.facts(store_id)
        return await self._save(offer, data, currency=store.currency, version=version, actor=actor)

    async def change_only(self, *, store_id: UUID, product_id: UUID, data: ProductPatch, actor: Actor) -> int:
        """The store's one offer of its product; how often that raised the product's version.

        Raises NeedsOneOffer where there are more.
        """
        offers = await self._offers.offers(store_id=store_id, product_id=product_id, limit=2)
        if len(offers) != 1:
            raise NeedsOneOffer
        store = await self._stores.facts(store_id)
        patch = OfferPatch(price=data.price, compare_at_price=data.compare_at_price, sku=data.sku)
        written = patch != OfferPatch()
        if written:
            await self._save(offers[0], patch, currency=store.currency, version=None, actor=actor)
        if data.quantity is not UNSET:
            stock = StockInput(reason="set", set=data.quantity)
            await self.move(store_id=store_id, offer_id=offers[0].id, data=stock, actor=actor)
        return int(written)

    async def delete(self, *, store_id: UUID, offer_id: UUID, actor: Actor) -> None:
        """It leaves every list. Raises OwnOffer, and StockReserved while orders wait for some of it."""
        offer = await self.one(store_id=store_id, offer_id=offer_id)
        if offer.owner_id == store_id:
            raise OwnOffer
        if not await self._offers.delete_offer(store_id=store_id, offer_id=offer_id, now=self._clock()):
            raise StockReserved
        await self._tell(offer, Effect(low=False, listed=True))
        await self._note(actor, "offers.delete", offer_id, store_id, before=offer)

    async def restore(self, *, store_id: UUID, offer_id: UUID, actor: Actor) -> StoreOfferView:
        """As it was. Raises OfferExists and SkuTaken when another has taken its place meanwhile."""
        if not await self._offers.restore_offer(store_id=store_id, offer_id=offer_id, now=self._clock()):
            raise NotFound
        offer = await self.one(store_id=store_id, offer_id=offer_id)
        await self._tell(offer, Effect(low=False, listed=True))
        await self._note(actor, "offers.restore", offer_id, store_id, after=offer)
        return offer

    async def move(self, *, store_id: UUID, offer_id: UUID, data: StockInput, actor: Actor) -> StoreOfferView:
        """Raises TooLittleStock for a quantity below what is reserved, Invalid for one past MAX_ON_HAND."""
        if (data.adjust is UNSET) == (data.set is UNSET):
            raise invalid_field("/adjust", "one_of", "Give exactly one of adjust and set.")
        if data.adjust == 0:
            raise invalid_field("/adjust", "out_of_range", "An adjustment adds or takes away something.")
        before = await self.one(store_id=store_id, offer_id=offer_id)
        change = StockChange(
            store_id=store_id,
            offer_id=offer_id,
            reason=data.reason.strip(),
            actor=actor.label,
            adjust=None if data.adjust is UNSET else data.adjust,
            to=None if data.set is UNSET else data.set,
        )
        effect = await self._moved(change)
        return await self._changed(before, effect, actor=actor, action="stock.move")

    async def _moved(self, change: StockChange) -> Effect:
        effect = await self._offers.move_stock(change, now=self._clock())
        if effect is not None:
            return effect
        offer = await self.one(store_id=change.store_id, offer_id=change.offer_id)  # locked by the attempt
        if change.adjust is not None and offer.on_hand + change.adjust > MAX_ON_HAND:
            raise invalid_field("/adjust", "out_of_range", f"At most {MAX_ON_HAND:,} are on hand.")
        raise TooLittleStock

    async def _save(
        self, offer: StoreOfferView, data: OfferPatch, *, currency: str, version: int | None, actor: Actor
    ) -> StoreOfferView:
        changed = offered(offer, data, currency)
        effect = await self._offers.save_offer(changed, version=version, now=self._clock())
        if effect is None:
            raise Stale
        return await self._changed(offer, effect, actor=actor, action="offers.change")

    async def _changed(
        self, before: StoreOfferView, effect: Effect, *, actor: Actor, action: str
    ) -> StoreOfferView:
        """The offer as it is now, once that is told and in the audit log."""
        after = await self.one(store_id=before.store_id, offer_id=before.id)
        await self._tell(after, effect)
        await self._note(actor, action, before.id, before.store_id, before=before, after=after)
        return after

    async def _tell(self, offer: StoreOfferView, effect: Effect) -> None:
        await self._outbox.add(
            ProductChanged(
                store_id=offer.owner_id, product_id=offer.product_id, deleted=False, listed=effect.listed
            )
        )
        if effect.low:
            await self._outbox.add(
                LowStock(
                    store_id=offer.store_id,
                    offers=(
                        LowStockOffer(
                            offer_id=offer.id, product_id=offer.product_id, available=offer.available
                        ),
                    ),
                )
            )

    async def _note(
        self,
        actor: Actor,
        action: str,
        offer_id: UUID,
        store_id: UUID,
        *,
        before: StoreOfferView | None = None,
        after: StoreOfferView | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"offer:{offer_id}",
            store_id=store_id,
            before=before,
            after=after,
        )

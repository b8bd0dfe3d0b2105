"""What a store sells, and its stock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import QueryParameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.catalog.ports import MovementFilter
from shoplytics.modules.catalog.routes.parameters import Limit, Words
from shoplytics.modules.catalog.routes.permissions import READ, STOCK, WRITE
from shoplytics.modules.catalog.schemas import NewOfferInput, OfferPatch, StockInput
from shoplytics.modules.catalog.service import CatalogService
from shoplytics.ports.catalog import StoreOfferView
from shoplytics.ports.catalog.stock import MovementKind, MovementView

Since = Annotated[datetime | None, QueryParameter(name="from")]
Until = Annotated[datetime | None, QueryParameter(name="to")]


class OfferController(Controller):
    path = "/stores/{store_id:uuid}/offers"
    tags = ("Offers and stock",)

    @get(permission=READ)
    async def list_offers(
        self,
        *,
        store_id: UUID,
        catalog: CatalogService,
        sku: Words = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[StoreOfferView]:
        """What the store sells, with its stock, oldest first; `blocked_by` says why nobody can buy it."""
        return await catalog.offers.page(store_id=store_id, sku=sku, limit=limit, cursor=cursor)

    @post(permission=WRITE)
    async def create_offer(
        self, store_id: UUID, data: NewOfferInput, actor: Actor, catalog: CatalogService
    ) -> StoreOfferView:
        """Sell another store's product, where its owner has opened it to the marketplace, in its currency."""
        return await catalog.offers.create(store_id=store_id, data=data, actor=actor)

    @get("/{offer_id:uuid}", permission=READ)
    async def read_offer(self, store_id: UUID, offer_id: UUID, catalog: CatalogService) -> StoreOfferView:
        """One offer with its stock."""
        return await catalog.offers.one(store_id=store_id, offer_id=offer_id)

    @patch("/{offer_id:uuid}", permission=WRITE)
    async def change_offer(
        self,
        *,
        store_id: UUID,
        offer_id: UUID,
        data: OfferPatch,
        if_match: int | None,
        actor: Actor,
        catalog: CatalogService,
    ) -> StoreOfferView:
        """SKU, prices, low-stock threshold and whether it is sold at all."""
        return await catalog.offers.change(
            store_id=store_id, offer_id=offer_id, data=data, version=if_match, actor=actor
        )

    @delete("/{offer_id:uuid}", permission=WRITE)
    async def delete_offer(
        self, store_id: UUID, offer_id: UUID, actor: Actor, catalog: CatalogService
    ) -> None:
        """Stop selling another store's product; refused while orders have units of it reserved."""
        await catalog.offers.delete(store_id=store_id, offer_id=offer_id, actor=actor)

    @post("/{offer_id:uuid}/restore", permission=WRITE, status_code=200)
    async def restore_offer(
        self, store_id: UUID, offer_id: UUID, actor: Actor, catalog: CatalogService
    ) -> StoreOfferView:
        """Bring a deleted offer back as it was."""
        return await catalog.offers.restore(store_id=store_id, offer_id=offer_id, actor=actor)

    @post("/{offer_id:uuid}/stock", permission=STOCK, status_code=200, idempotent=True)
    async def move_stock(
        self, store_id: UUID, offer_id: UUID, data: StockInput, actor: Actor, catalog: CatalogService
    ) -> StoreOfferView:
        """Add to the quantity on hand, or set it; each change is kept with its reason and actor."""
        return await catalog.offers.move(store_id=store_id, offer_id=offer_id, data=data, actor=actor)


class MovementController(Controller):
    path = "/stores/{store_id:uuid}/stock-movements"
    tags = ("Offers and stock",)

    @get(permission=READ)
    async def list_movements(
        self,
        *,
        store_id: UUID,
        catalog: CatalogService,
        offer: UUID | None = None,
        product: UUID | None = None,
        sku: Words = None,
        kind: MovementKind | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[MovementView]:
        """What changed the quantities on hand, why and by whom, the newest first; `from` and `to` have
        their offset."""
        wanted = MovementFilter(
            store_id=store_id,
            offer_id=offer,
            product_id=product,
            sku=sku,
            kind=kind,
            since=since,
            until=until,
            limit=limit,
        )
        return await catalog.offers.movements(wanted, cursor=cursor)

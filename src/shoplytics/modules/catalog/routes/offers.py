"""What a store sells, and its stock."""

from uuid import UUID

from litestar import Controller, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.catalog.routes.parameters import Limit, Words
from shoplytics.modules.catalog.routes.permissions import READ, STOCK, WRITE
from shoplytics.modules.catalog.schemas import OfferPatch, StockInput
from shoplytics.modules.catalog.service import CatalogService
from shoplytics.ports.catalog import StoreOfferView


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
        """What the store sells, with its stock, the oldest offer first."""
        return await catalog.offers(store_id=store_id, sku=sku, limit=limit, cursor=cursor)

    @get("/{offer_id:uuid}", permission=READ)
    async def read_offer(self, store_id: UUID, offer_id: UUID, catalog: CatalogService) -> StoreOfferView:
        """One offer with its stock."""
        return await catalog.offer(store_id=store_id, offer_id=offer_id)

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
        return await catalog.change_offer(
            store_id=store_id, offer_id=offer_id, data=data, version=if_match, actor=actor
        )

    @post("/{offer_id:uuid}/stock", permission=STOCK, status_code=200, idempotent=True)
    async def move_stock(
        self, store_id: UUID, offer_id: UUID, data: StockInput, actor: Actor, catalog: CatalogService
    ) -> StoreOfferView:
        """Add to the quantity on hand, or set it; each change is kept with its reason and actor."""
        return await catalog.move_stock(store_id=store_id, offer_id=offer_id, data=data, actor=actor)

"""Stores over HTTP, for the platform's administrators."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit, NamePart
from shoplytics.modules.tenancy.schemas import StoreHold
from shoplytics.modules.tenancy.service import PlatformStores
from shoplytics.ports.tenancy import AdminStoreView


class PlatformStoreController(Controller):
    path = "/admin/stores"
    tags = ("Platform",)

    @get(permission="platform:stores")
    async def all_stores(
        self,
        *,
        platform_stores: PlatformStores,
        q: NamePart = None,
        active: bool | None = None,
        deleted: bool = False,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[AdminStoreView]:
        """Every store, newest first; `deleted=true` lists the deleted ones instead."""
        return await platform_stores.search(q=q, active=active, deleted=deleted, cursor=cursor, limit=limit)

    @get("/{store_id:uuid}", permission="platform:stores")
    async def any_store(self, store_id: UUID, platform_stores: PlatformStores) -> AdminStoreView:
        """One store, deleted or not."""
        return await platform_stores.read(store_id=store_id)

    @patch("/{store_id:uuid}", permission="platform:stores-change")
    async def hold_store(
        self,
        store_id: UUID,
        data: StoreHold,
        actor: Actor,
        platform_stores: PlatformStores,
        if_match: int | None,
    ) -> AdminStoreView:
        """Close a store, so that its owner cannot open it; or open it again."""
        return await platform_stores.hold(
            actor=actor, store_id=store_id, active=data.active, if_match=if_match
        )

    @delete("/{store_id:uuid}", permission="platform:stores-change")
    async def delete_store(self, store_id: UUID, actor: Actor, platform_stores: PlatformStores) -> None:
        """It leaves every list, and its owner cannot restore it."""
        await platform_stores.delete(actor=actor, store_id=store_id)

    @post("/{store_id:uuid}/restore", permission="platform:stores-change", status_code=200)
    async def restore_store(
        self, store_id: UUID, actor: Actor, platform_stores: PlatformStores
    ) -> AdminStoreView:
        """Bring back a deleted store, whoever deleted it."""
        return await platform_stores.restore(actor=actor, store_id=store_id)

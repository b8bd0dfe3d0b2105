"""Routes of tenancy: stores for the world, for their members, and one's own."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.tenancy.schemas import NewStore, StoreChange
from shoplytics.modules.tenancy.service import DirectoryService, TenancyService
from shoplytics.ports.tenancy import MemberView, StoreProfile, StoreView

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


class StoreController(Controller):
    path = "/stores"
    tags = ("Stores",)

    @post(permission="stores:create", idempotent=True)
    async def create(self, data: NewStore, actor: Actor, tenancy: TenancyService) -> StoreView:
        """Open a store; you become its owner."""
        return await tenancy.create(actor=actor, form=data)

    @get(permission="stores:browse")
    async def stores(
        self,
        directory: DirectoryService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[StoreProfile]:
        """All active stores, newest first."""
        return await directory.stores(cursor=cursor, limit=limit, total=total)

    @get("/{store_id:uuid}", permission="stores:browse")
    async def store(self, store_id: UUID, directory: DirectoryService) -> StoreProfile:
        """A store's public profile."""
        return await directory.store(store_id=store_id)

    @patch("/{store_id:uuid}", permission="stores:change")
    async def change(
        self,
        store_id: UUID,
        data: StoreChange,
        actor: Actor,
        tenancy: TenancyService,
        if_match: int | None,
    ) -> StoreView:
        """Change a store. Its currency and time zone are fixed: 409 `immutable_setting`."""
        return await tenancy.change(actor=actor, store_id=store_id, change=data, if_match=if_match)

    @delete("/{store_id:uuid}", permission="stores:delete")
    async def remove(self, store_id: UUID, actor: Actor, tenancy: TenancyService) -> None:
        """Take a store out of every list."""
        await tenancy.delete(actor=actor, store_id=store_id)

    @post("/{store_id:uuid}/restore", permission="stores:restore", status_code=200)
    async def restore(self, store_id: UUID, actor: Actor, tenancy: TenancyService) -> StoreView:
        """Bring back a deleted store of your own."""
        return await tenancy.restore(actor=actor, store_id=store_id)

    @get("/{store_id:uuid}/members", permission="members:read")
    async def members(
        self,
        store_id: UUID,
        tenancy: TenancyService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[MemberView]:
        """Who works in the store."""
        return await tenancy.members(store_id=store_id, cursor=cursor, limit=limit)


class MyStoresController(Controller):
    path = "/me/stores"
    tags = ("Me",)

    @get(permission="stores:read-own")
    async def my_stores(
        self, actor: Actor, tenancy: TenancyService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[StoreView]:
        """The stores you work in, with your role in each."""
        return await tenancy.my_stores(actor=actor, cursor=cursor, limit=limit)

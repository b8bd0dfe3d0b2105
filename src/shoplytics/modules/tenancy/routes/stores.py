"""Stores over HTTP."""

from collections.abc import Collection, Mapping
from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit, NamePart
from shoplytics.modules.tenancy.schemas import NewStore, StoreChange
from shoplytics.modules.tenancy.service import DirectoryService, TenancyService
from shoplytics.ports.catalog import STORE_RATINGS, reviews_of
from shoplytics.ports.tenancy import STORES, StoreProfile, StoreView


def _of_stores(path: object, query: object) -> Collection[str]:
    """Kept until any store changes, which is seldom, or what one is rated (see ports/cache.py)."""
    return (STORES, STORE_RATINGS)


def _of_store(path: Mapping[str, object], query: object) -> Collection[str]:
    return (STORES, reviews_of(UUID(str(path["store_id"]))))


class StoreController(Controller):
    path = "/stores"
    tags = ("Stores",)

    @post(permission="stores:create", idempotent=True)
    async def create(self, data: NewStore, actor: Actor, tenancy: TenancyService) -> StoreView:
        """Open a store; you become its owner. Having others does not matter.

        With an Idempotency-Key a repeated request answers as the first did. Without one it opens a second
        store, whose slug gets a suffix unless you chose it (409 `slug_taken`).
        """
        return await tenancy.create(actor=actor, form=data)

    @get(permission="stores:browse", copies=_of_stores)
    async def stores(
        self,
        directory: DirectoryService,
        q: NamePart = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[StoreProfile]:
        """All active stores, newest first."""
        return await directory.stores(q=q, cursor=cursor, limit=limit, total=total)

    @get("/{store_id:uuid}", permission="stores:browse", copies=_of_store, own_tag=True)
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
        """Change a store. Its currency and time zone are fixed: 409 `immutable_setting`.

        A store that the platform closed is not opened here: 409 `held_by_platform`.
        """
        return await tenancy.change(actor=actor, store_id=store_id, change=data, if_match=if_match)

    @delete("/{store_id:uuid}", permission="stores:delete")
    async def remove(self, store_id: UUID, actor: Actor, tenancy: TenancyService) -> None:
        """Take a store out of every list."""
        await tenancy.delete(actor=actor, store_id=store_id)

    @post("/{store_id:uuid}/restore", permission="stores:restore", status_code=200)
    async def restore(self, store_id: UUID, actor: Actor, tenancy: TenancyService) -> StoreView:
        """Bring back a deleted store of your own, unless the platform deleted it."""
        return await tenancy.restore(actor=actor, store_id=store_id)


class MyStoresController(Controller):
    path = "/me/stores"
    tags = ("Me",)

    @get(permission="stores:read-own")
    async def my_stores(
        self, actor: Actor, tenancy: TenancyService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[StoreView]:
        """The stores you work in, with your role in each."""
        return await tenancy.my_stores(actor=actor, cursor=cursor, limit=limit)

"""Stores as the platform's administrators deal with them."""

from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.domain import Store
from shoplytics.modules.tenancy.ports import AllStores, StoreRepository, StoreSearch
from shoplytics.modules.tenancy.service.views import facts_of
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AdminStoreView, AuditLog, StoreChanged

ALL_STORES = "all-stores"


class PlatformStores:
    """Within the platform's unit of work. What it closes or deletes, only it opens or restores."""

    def __init__(
        self,
        *,
        every: AllStores,
        stores: StoreRepository,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._every = every
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def search(
        self, *, q: str | None, active: bool | None, deleted: bool, cursor: str | None, limit: int
    ) -> Page[AdminStoreView]:
        wanted = StoreSearch(
            q=q,
            active=active,
            deleted=deleted,
            before=decode_id_cursor(cursor, sort=ALL_STORES),
            limit=limit + 1,
        )
        return page_of(
            await self._every.search(wanted), limit, lambda store: encode_cursor(ALL_STORES, store.id)
        )

    async def read(self, *, store_id: UUID) -> AdminStoreView:
        return await self._every.get(store_id)

    async def hold(
        self, *, actor: Actor, store_id: UUID, active: bool, if_match: int | None
    ) -> AdminStoreView:
        """Raises NotFound, also for a deleted store, and Stale."""
        before, store = await self._both(store_id)
        if store.deleted_at is not None:
            raise NotFound
        store.expect(if_match)
        if (store.active, store.held) == (active, not active):
            return before
        store.active, store.held = active, not active
        return await self._save(actor, store, "stores.open" if active else "stores.hold", before)

    async def delete(self, *, actor: Actor, store_id: UUID) -> None:
        """It leaves every list, and its owner cannot restore it."""
        before, store = await self._both(store_id)
        if store.deleted_at is not None:
            raise NotFound
        store.deleted_at, store.held = self._clock(), True
        await self._save(actor, store, "stores.delete", before)

    async def restore(self, *, actor: Actor, store_id: UUID) -> AdminStoreView:
        """Whoever deleted it. Raises NotFound for a store that is not deleted."""
        before, store = await self._both(store_id)
        if store.deleted_at is None:
            raise NotFound
        store.deleted_at, store.held = None, False
        return await self._save(actor, store, "stores.restore", before)

    async def _both(self, store_id: UUID) -> tuple[AdminStoreView, Store]:
        store = await self._every.for_update(store_id)
        return await self._every.get(store_id), store

    async def _save(self, actor: Actor, store: Store, action: str, before: AdminStoreView) -> AdminStoreView:
        store.updated_at = self._clock()
        await self._stores.save(store)
        view = await self._every.get(store.id)
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"store:{store.id}",
            store_id=store.id,
            before=before,
            after=view,
        )
        facts = facts_of(store)
        await self._outbox.add(StoreChanged(store_id=store.id, version=store.version, facts=facts))
        return view

"""What every kind of set-up has in common: it is made, changed, deleted and restored, each with its row."""

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import MOST, SetUp, TooManySetUp
from shoplytics.modules.sales.ports import PageOf, SetUpFilter, SetUps
from shoplytics.ports.tenancy import AuditLog

K = TypeVar("K", bound=SetUp)
V = TypeVar("V", bound=msgspec.Struct)


class Keeping(Generic[K, V]):
    """`word` names the kind in audit rows: `discount` makes `discounts.create` and `discount:<id>`."""

    def __init__(
        self, *, kept: SetUps[K], audit: AuditLog, clock: Clock, word: str, view: Callable[[K], V]
    ) -> None:
        self._kept = kept
        self._audit = audit
        self._clock = clock
        self._word = word
        self._view = view

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[V]:
        found = await self._kept.page(store_id=store_id, wanted=wanted, page=page)
        return Page(
            items=[self._view(one) for one in found.items], next_cursor=found.next_cursor, total=found.total
        )

    async def read(self, *, store_id: UUID, ident: UUID) -> V:
        """Raises NotFound."""
        return self._view(await self._living(store_id, ident))

    async def add(self, one: K, *, actor: Actor) -> V:
        """Raises TooManySetUp, DiscountCodeTaken."""
        await self._room(one)
        await self._kept.add(one)
        return await self._noted(actor, "create", one, before=None)

    async def to_change(self, *, store_id: UUID, ident: UUID, version: int | None) -> tuple[K, V]:
        """Itself and how it was. Raises NotFound, Stale."""
        found = await self._living(store_id, ident)
        if version is not None and found.version != version:
            raise Stale
        return found, self._view(found)

    async def changed(self, one: K, *, before: V, crowded: bool, actor: Actor) -> V:
        """`crowded` as it was before. Raises TooManySetUp, DiscountCodeTaken."""
        if not crowded:
            await self._room(one)
        await self._save(one)
        return await self._noted(actor, "change", one, before=before)

    async def delete(self, *, store_id: UUID, ident: UUID, actor: Actor) -> None:
        """Raises NotFound."""
        found = await self._living(store_id, ident)
        before = self._view(found)
        found.deleted_at = self._clock()
        await self._save(found)
        await self._note(actor, "delete", found, before=before, after=None)

    async def restore(self, *, store_id: UUID, ident: UUID, actor: Actor) -> V:
        """Raises NotFound for what is not deleted, TooManySetUp, DiscountCodeTaken."""
        found = await self._kept.one(store_id=store_id, ident=ident)
        if found.deleted_at is None:
            raise NotFound
        await self._room(found)
        found.deleted_at = None
        await self._save(found)
        return await self._noted(actor, "restore", found, before=None)

    async def _living(self, store_id: UUID, ident: UUID) -> K:
        found = await self._kept.one(store_id=store_id, ident=ident)
        if found.deleted_at is not None:
            raise NotFound
        return found

    async def _room(self, one: K) -> None:
        if one.crowds and await self._kept.crowding(one.store_id) >= MOST:
            raise TooManySetUp

    async def _save(self, one: K) -> None:
        one.version += 1
        one.updated_at = self._clock()
        await self._kept.save(one)

    async def _noted(self, actor: Actor, deed: str, one: K, *, before: V | None) -> V:
        after = self._view(one)
        await self._note(actor, deed, one, before=before, after=after)
        return after

    async def _note(self, actor: Actor, deed: str, one: K, *, before: V | None, after: V | None) -> None:
        await self._audit.record(
            actor=actor,
            action=f"{self._word}s.{deed}",
            target=f"{self._word}:{one.id}",
            store_id=one.store_id,
            before=before,
            after=after,
        )

"""Everybody's accounts, for the platform's administrators."""

from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.identity.domain.leaving import RESTORABLE, Erased, LastAdmin, OwnAccount, OwnsStores
from shoplytics.modules.identity.ports.people import People, Rights, UserSearch
from shoplytics.modules.identity.schemas import UserRights
from shoplytics.ports.identity import AdminUserView, DeletedView
from shoplytics.ports.tenancy import AuditLog, Ownership

CURSOR = "all-users"
DELETED = "deleted"


class PeopleService:
    """Within the platform's unit of work. Every change is audited with it, and ends the user's sessions."""

    def __init__(self, *, people: People, stores: Ownership, audit: AuditLog, clock: Clock) -> None:
        self._people = people
        self._stores = stores
        self._audit = audit
        self._clock = clock

    async def search(
        self, *, wanted: UserSearch, cursor: str | None, limit: int, total: bool
    ) -> Page[AdminUserView]:
        """Newest first."""
        before = decode_id_cursor(cursor, sort=CURSOR)
        found = await self._people.search(wanted, before=before, limit=limit + 1)
        page = page_of(found, limit, lambda user: encode_cursor(CURSOR, user.id))
        page.total = await self._people.count(wanted) if total else UNSET
        return page

    async def deleted(self, *, cursor: str | None, limit: int) -> Page[DeletedView]:
        """What can still be restored, newest account first."""
        before = decode_id_cursor(cursor, sort=DELETED)
        found = await self._people.search(UserSearch(deleted=True), before=before, limit=limit + 1)
        views = [
            DeletedView(
                kind="user",
                id=user.id,
                label=user.email,
                deleted_at=user.deleted_at,
                erased_after=user.deleted_at + RESTORABLE,
            )
            for user in found
            if user.deleted_at is not None
        ]
        return page_of(views, limit, lambda one: encode_cursor(DELETED, one.id))

    async def read(self, *, user_id: UUID) -> AdminUserView:
        """Deleted or not. Raises NotFound."""
        return await self._people.get(user_id)

    async def change(
        self, *, actor: Actor, user_id: UUID, change: UserRights, if_match: int | None
    ) -> AdminUserView:
        """Raises NotFound, also for a deleted one, Stale, OwnAccount for disabling oneself, LastAdmin.

        Tokens given out before are dead within seconds.
        """
        user = await self._locked(actor, user_id)
        if user.deleted_at is not None:
            raise NotFound
        if if_match is not None and if_match != user.version:
            raise Stale
        before = _rights(user)
        after = msgspec.structs.replace(
            before,
            disabled=before.disabled if change.disabled is UNSET else change.disabled,
            platform_admin=before.platform_admin if change.platform_admin is UNSET else change.platform_admin,
        )
        if after.disabled and actor.user_id == user_id:
            raise OwnAccount
        if after.disabled:
            await self._stores.close(user_id)
        return await self._save(actor, user, after, "users.change")

    async def end_sessions(self, *, actor: Actor, user_id: UUID) -> None:
        """Everywhere: access tokens are dead within seconds. Raises NotFound."""
        user = await self._locked(actor, user_id)
        await self._people.end_sessions(user_id, now=self._clock())
        await self._audit.record(
            actor=actor, action="users.end-sessions", target=f"user:{user.id}", store_id=None
        )

    async def delete(self, *, actor: Actor, user_id: UUID) -> None:
        """Raises NotFound, OwnAccount, LastAdmin, OwnsStores."""
        user = await self._locked(actor, user_id)
        if user.deleted_at is not None:
            raise NotFound
        if actor.user_id == user_id:
            raise OwnAccount
        if await self._stores.owns_stores(user_id):
            raise OwnsStores("This user owns a store: it has to be handed over or deleted first.")
        await self._save(actor, user, msgspec.structs.replace(_rights(user), deleted=True), "users.delete")

    async def restore(self, *, actor: Actor, user_id: UUID) -> AdminUserView:
        """Raises NotFound for one that is not deleted, Erased."""
        user = await self._locked(actor, user_id)
        if user.erased_at is not None:
            raise Erased
        if user.deleted_at is None:
            raise NotFound
        restored = msgspec.structs.replace(_rights(user), deleted=False)
        return await self._save(actor, user, restored, "users.restore")

    async def _locked(self, actor: Actor, user_id: UUID) -> AdminUserView:
        """Whoever lost the right a moment ago changes nobody: two that demote each other leave one."""
        if actor.user_id is None:
            raise NotFound
        await self._people.acting(actor.user_id)
        return await self._people.get(user_id, lock=True)

    async def _save(self, actor: Actor, user: AdminUserView, after: Rights, action: str) -> AdminUserView:
        before = _rights(user)
        if after == before:
            return user
        leaves = after.disabled or after.deleted or not after.platform_admin
        was_active = before.platform_admin and not before.disabled and not before.deleted
        if was_active and leaves and not await self._people.other_admins(user.id):
            raise LastAdmin
        await self._people.change(user.id, after, now=self._clock())
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"user:{user.id}",
            store_id=None,
            before=before,
            after=after,
        )
        return await self._people.get(user.id)


def _rights(user: AdminUserView) -> Rights:
    return Rights(
        disabled=user.disabled, platform_admin=user.platform_admin, deleted=user.deleted_at is not None
    )

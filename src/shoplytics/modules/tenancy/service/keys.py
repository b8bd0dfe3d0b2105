"""API keys: made, managed and asked for at the door."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.access import MANAGERS, StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Forbidden, ShopError, Unauthenticated, invalid_field
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.domain import ApiKey, KeyExpired, checked_scopes
from shoplytics.modules.tenancy.domain.keys import KEY_BYTES, PREFIX, PREFIX_SHOWN
from shoplytics.modules.tenancy.ports import KeyDoor, KeyRepository, KnownKey, MemberRepository
from shoplytics.modules.tenancy.schemas import KeyChange, NewKey
from shoplytics.modules.tenancy.service.actors import user_of
from shoplytics.modules.tenancy.service.people import standing
from shoplytics.ports.identity import LiveUsers
from shoplytics.ports.tenancy import AuditLog, KeyView, NewKeyView

KEYS = "api-keys"
KEPT_SECONDS = 2.0
KEYS_KEPT = 10_000
TOUCH_SECONDS = 60.0

Scopes = Mapping[str, frozenset[StoreRole]]
"""What a key may hold, with the roles that hold it themselves."""


def hashed(key: str) -> bytes:
    """What is stored: 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(key.encode()).digest()


def effective(scopes: list[str], role: StoreRole | None, known: Scopes) -> list[str]:
    """Those that the holder's role allows, too."""
    return [scope for scope in scopes if role is not None and role in known.get(scope, ())]


class KeysService:
    """Within the unit of work of one store. A key is managed only by who holds all its scopes."""

    def __init__(
        self,
        *,
        keys: KeyRepository,
        members: MemberRepository,
        audit: AuditLog,
        scopes: Scopes,
        clock: Clock,
    ) -> None:
        self._keys = keys
        self._members = members
        self._audit = audit
        self._scopes = scopes
        self._clock = clock

    async def create(self, *, actor: Actor, store_id: UUID, form: NewKey) -> NewKeyView:
        """The only answer that holds the key itself. Raises Invalid, ScopeNotHeld."""
        secret = PREFIX + secrets.token_urlsafe(KEY_BYTES)
        key = ApiKey(
            store_id=store_id,
            name=form.name.strip(),
            prefix=secret[: PREFIX_SHOWN + len(PREFIX)],
            key_hash=hashed(secret),
            scopes=checked_scopes(form.scopes, self._scopes),
            holder_id=user_of(actor),
            created_at=self._clock(),
            expires_at=self._ahead(form.expires_at),
        )
        own = await self._may(actor, key)
        await self._keys.add(key)
        view = self._view(key, own)
        await self._record(actor, key, "api_keys.create", after=view)
        return _with_secret(view, secret)

    async def page(self, *, store_id: UUID, cursor: str | None, limit: int) -> Page[KeyView]:
        """Those that are not revoked, newest first."""
        before = decode_id_cursor(cursor, sort=KEYS)
        found = await self._keys.of_store(store_id=store_id, before=before, limit=limit + 1)
        views = [self._view(key, role) for key, role in found]
        return page_of(views, limit, lambda key: encode_cursor(KEYS, key.id))

    async def read(self, *, store_id: UUID, key_id: UUID) -> KeyView:
        return self._view(*await self._keys.get(store_id=store_id, key_id=key_id))

    async def change(self, *, actor: Actor, store_id: UUID, key_id: UUID, change: KeyChange) -> KeyView:
        """Its name and expiry; scopes are for good. Raises ScopeNotHeld, Invalid."""
        before, key = await self._managed(actor, store_id, key_id)
        if change.name is not UNSET:
            key.name = change.name.strip()
        if change.expires_at is not UNSET:
            key.expires_at = self._ahead(change.expires_at)
        return await self._save(actor, key, "api_keys.change", before)

    async def rotate(self, *, actor: Actor, store_id: UUID, key_id: UUID) -> NewKeyView:
        """Another secret for the same key, which acts for the actor from now on; the old one is dead.

        Raises ScopeNotHeld, KeyExpired.
        """
        before, key = await self._managed(actor, store_id, key_id)
        if key.expires_at is not None and key.expires_at <= self._clock():
            raise KeyExpired
        secret = PREFIX + secrets.token_urlsafe(KEY_BYTES)
        key.prefix, key.key_hash = secret[: PREFIX_SHOWN + len(PREFIX)], hashed(secret)
        key.holder_id = user_of(actor)
        return _with_secret(await self._save(actor, key, "api_keys.rotate", before), secret)

    async def revoke(self, *, actor: Actor, store_id: UUID, key_id: UUID) -> None:
        """Dead within seconds in every process, and for good. Raises ScopeNotHeld."""
        before, key = await self._managed(actor, store_id, key_id)
        await self._keys.revoke(store_id=store_id, key_id=key_id, now=self._clock())
        await self._record(actor, key, "api_keys.revoke", before=before)

    async def _managed(self, actor: Actor, store_id: UUID, key_id: UUID) -> tuple[KeyView, ApiKey]:
        key = await self._keys.for_update(store_id=store_id, key_id=key_id)
        await self._may(actor, key)
        return await self.read(store_id=store_id, key_id=key_id), key

    async def _may(self, actor: Actor, key: ApiKey) -> StoreRole:
        own = await standing(self._members, actor=actor, store_id=key.store_id)
        if own not in MANAGERS:
            raise Forbidden
        key.expect_held(own, self._scopes)
        return own

    async def _save(self, actor: Actor, key: ApiKey, action: str, before: KeyView) -> KeyView:
        await self._keys.save(key)
        view = await self.read(store_id=key.store_id, key_id=key.id)
        await self._record(actor, key, action, before=before, after=view)
        return view

    async def _record(
        self,
        actor: Actor,
        key: ApiKey,
        action: str,
        *,
        before: KeyView | None = None,
        after: KeyView | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"api_key:{key.id}",
            store_id=key.store_id,
            before=before,
            after=after,
        )

    def _ahead(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= self._clock():
            raise invalid_field("/expires_at", "in_the_past", "Give a time to come.")
        return moment

    def _view(self, key: ApiKey, role: StoreRole | None) -> KeyView:
        good = key.expires_at is None or key.expires_at > self._clock()
        return KeyView(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=key.scopes,
            effective_scopes=effective(key.scopes, role, self._scopes) if good else [],
            holder_id=key.holder_id,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


def _with_secret(view: KeyView, secret: str) -> NewKeyView:
    return NewKeyView(**msgspec.structs.asdict(view), key=secret)


class BadKey(Unauthenticated):
    code = "invalid_token"
    message = "The token is malformed, expired or revoked."


class KeyGate:
    """One per process: what a key may do is remembered for two seconds, and written down once a minute."""

    def __init__(
        self,
        *,
        door: KeyDoor,
        users: LiveUsers,
        scopes: Scopes,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door = door
        self._users = users
        self._scopes = scopes
        self._clock = clock
        self._monotonic = monotonic
        self._kept: dict[bytes, tuple[float, KnownKey]] = {}
        self._touched: dict[UUID, float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def actor(self, key: str) -> Actor:
        """See ApiKeys in ports/tenancy.py. Never more than the key's holder may do at present."""
        known = await self._known(hashed(key))
        if known.expires_at is not None and known.expires_at <= self._clock():
            raise BadKey
        self._touch(known)
        return Actor(
            kind=ActorKind.API_KEY,
            key_id=known.id,
            stores={known.store_id: known.role},
            scopes=frozenset(effective(known.scopes, known.role, self._scopes)),
        )

    async def settle(self) -> None:
        """Wait until the uses so far are written."""
        await asyncio.gather(*self._writing)

    async def _known(self, key_hash: bytes) -> KnownKey:
        now = self._monotonic()
        kept = self._kept.get(key_hash)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = await self._door.find(key_hash, now=self._clock())
        if found is None or not await self._users.lives(found.holder_id):
            self._kept.pop(key_hash, None)
            raise BadKey
        if len(self._kept) >= KEYS_KEPT:
            self._kept.clear()
        self._kept[key_hash] = (now + KEPT_SECONDS, found)
        return found

    def _touch(self, key: KnownKey) -> None:
        now = self._monotonic()
        if self._touched.get(key.id, now) > now:
            return
        if len(self._touched) >= KEYS_KEPT:
            self._touched.clear()
        self._touched[key.id] = now + TOUCH_SECONDS
        task = asyncio.create_task(self._write(key))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, key: KnownKey) -> None:
        try:
            await self._door.used(store_id=key.store_id, key_id=key.id, now=self._clock())
        except (ShopError, OSError):
            self._touched.pop(key.id, None)

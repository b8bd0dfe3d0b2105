"""Tenancy: stores and who works in them. Views, events and what other modules may ask."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.events import Event


class StoreView(msgspec.Struct, kw_only=True):
    """A store as its members see it. `timezone` is an IANA name, `currency` ISO 4217."""

    id: UUID
    name: str
    slug: str
    description: str
    currency: str
    timezone: str
    active: bool
    low_stock_threshold: int
    created_at: datetime
    updated_at: datetime
    version: int
    role: StoreRole | None = None


class StoreProfile(msgspec.Struct, kw_only=True):
    """A store as the world sees it."""

    id: UUID
    name: str
    slug: str
    description: str
    currency: str
    version: int


class MemberView(msgspec.Struct, kw_only=True):
    """Someone who works in a store."""

    user_id: UUID
    email: str
    name: str
    role: StoreRole
    created_at: datetime


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What other modules need to know of a store. `active` is false for a deleted one too."""

    id: UUID
    name: str
    slug: str
    currency: str
    timezone: str
    active: bool
    low_stock_threshold: int


class StoreCreated(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "tenancy.store-created"

    owner_id: UUID


class StoreChanged(Event, frozen=True, kw_only=True):
    """The store's name, activity or currency changed; `version` grows, an older one must not win."""

    type: ClassVar[str] = "tenancy.store-changed"

    version: int
    facts: StoreFacts


class StoreDirectory(Protocol):
    """Facts about stores, for the other modules."""

    async def facts(self, store_id: UUID) -> StoreFacts:
        """Raises NotFound for a store that does not exist or is deleted."""
        ...


class Memberships(Protocol):
    """For the edge: which stores a user works in, and as what."""

    async def of_user(self, user_id: UUID) -> Mapping[UUID, StoreRole]: ...


class AuditLog(Protocol):
    """What staff and administrators did, in the same transaction as the deed; rows are never changed."""

    async def record(
        self,
        *,
        actor: Actor,
        action: str,
        target: str,
        store_id: UUID | None,
        before: msgspec.Struct | None = None,
        after: msgspec.Struct | None = None,
    ) -> None:
        """`action` is `<area>.<deed>`, `target` `<kind>:<id>`; the structs hold no secrets."""
        ...

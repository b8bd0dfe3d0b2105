"""Tenancy: stores and who works in them. Views, events and what other modules may ask."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.events import Event
from shoplytics.kernel.patterns import END, ONE_LINE


class StoreAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a store is; `country` is ISO 3166-1 alpha-2."""

    line1: Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, examples=["1 Harbour Street"])]
    line2: Annotated[str, Meta(max_length=200, pattern=ONE_LINE)] = ""
    city: Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE, examples=["Bristol"])]
    region: Annotated[str, Meta(max_length=120, pattern=ONE_LINE)] = ""
    postal_code: Annotated[str, Meta(max_length=20, pattern=ONE_LINE, examples=["BS1 5TX"])] = ""
    country: Annotated[str, Meta(pattern="^[A-Z]{2}" + END, examples=["GB"])]
    phone: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""


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
    address: StoreAddress | None = None
    logo_url: str | None = None
    role: StoreRole | None = None


class StoreProfile(msgspec.Struct, kw_only=True):
    """A store as the world sees it. `rating` is the average of the reviews of the store itself."""

    id: UUID
    name: str
    slug: str
    description: str
    currency: str
    version: int
    logo_url: str | None = None
    rating: float | None = None
    review_count: int = 0


class MemberView(msgspec.Struct, kw_only=True):
    """Someone who works in a store."""

    user_id: UUID
    email: str
    name: str
    role: StoreRole
    created_at: datetime


class InvitationView(msgspec.Struct, kw_only=True):
    """An open invitation; its token is known to the mailed link alone."""

    id: UUID
    store_id: UUID
    store_name: str
    email: str
    role: StoreRole
    invited_by: UUID
    created_at: datetime
    sent_at: datetime
    expires_at: datetime


class KeyView(msgspec.Struct, kw_only=True):
    """An API key without its secret. It may do what both `scopes` and the role of its holder allow.

    `effective_scopes` are those at present: none when the holder left the store or the key has expired.
    """

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    effective_scopes: list[str]
    holder_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewKeyView(KeyView, kw_only=True):
    """The only answer with the key itself: it is stored as a hash and cannot be shown again."""

    key: str


class AuditView(msgspec.Struct, kw_only=True):
    """A deed by `user:<id>`, `api_key:<id>`, `system` or, at an operator's word, `system:<command>`.

    `before` and `after` hold what it changed.
    """

    id: UUID
    at: datetime
    store_id: UUID | None
    actor: str
    action: str
    target: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None


class AdminStoreView(msgspec.Struct, kw_only=True):
    """A store as the platform's administrators see it. `held`: its owner cannot open or restore it."""

    id: UUID
    name: str
    slug: str
    description: str
    currency: str
    timezone: str
    active: bool
    held: bool
    owner_id: UUID
    members: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    logo_url: str | None = None


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


STORES = "stores"
"""Tag of every kept answer that shows stores' names or hides what closed ones have."""


class StoreChanged(Event, frozen=True, kw_only=True):
    """Something the public sees of a store changed; `version` grows, an older one must not win."""

    type: ClassVar[str] = "tenancy.store-changed"

    version: int
    facts: StoreFacts

    def makes_stale(self) -> tuple[str, ...]:
        return (STORES,)


class InvitationAsked(Event, frozen=True, kw_only=True):
    """An invitation wants its link mailed; a later event of the same one makes this one's link void."""

    type: ClassVar[str] = "tenancy.invitation-asked"

    invitation_id: UUID


class RoleChanged(Event, frozen=True, kw_only=True):
    """Somebody gave a member another role; a hand-over has an event of its own."""

    type: ClassVar[str] = "tenancy.role-changed"

    user_id: UUID
    role: StoreRole


class OwnershipTransferred(Event, frozen=True, kw_only=True):
    """`former` handed the store over to `owner` and manages it from now on."""

    type: ClassVar[str] = "tenancy.ownership-transferred"

    former: UUID
    owner: UUID


class LogoDropped(Event, frozen=True, kw_only=True):
    """A picture that nobody shows any more; a worker removes it."""

    type: ClassVar[str] = "tenancy.logo-dropped"

    key: str


class StoreDirectory(Protocol):
    """Facts about stores, for the other modules."""

    async def facts(self, store_id: UUID) -> StoreFacts:
        """Raises NotFound for a store that does not exist or is deleted."""
        ...


class OpenStores(Protocol):
    """Which stores sell at this moment, for whoever cannot wait for StoreChanged to be heard."""

    async def among(self, store_ids: Sequence[UUID]) -> Collection[UUID]:
        """Those that are active and not deleted, in the transaction of the asker."""
        ...


class Memberships(Protocol):
    """For the edge: which stores a user works in, and as what."""

    async def of_user(self, user_id: UUID) -> Mapping[UUID, StoreRole]: ...


class Team(Protocol):
    """Who works in a store, for whoever writes to them."""

    async def working(self, *, store_id: UUID, roles: Collection[StoreRole]) -> Sequence[UUID]:
        """Users with one of the roles, whoever has been there the longest first; 50 at most."""
        ...


class ApiKeys(Protocol):
    """For the edge: turns a store's API key into its actor."""

    async def actor(self, key: str) -> Actor:
        """Kind api_key, one store, what it may do now. Raises Unauthenticated for one that is not good."""
        ...


class Denials(Protocol):
    """What members tried and may not; kept though the request is refused."""

    async def denied(self, *, actor: Actor, action: str, target: str, store_id: UUID) -> None: ...


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


class Ownership(Protocol):
    """Whether somebody is needed, for whoever would let them go."""

    async def owns_stores(self, user_id: UUID) -> bool:
        """Of stores that are not deleted. Until the end of the work nobody makes them one's owner."""
        ...

    async def close(self, user_id: UUID) -> None:
        """Until the end of the work nobody makes them an owner, or lets another leave a store to them."""
        ...

"""What tenancy needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.access import StoreRole
from shoplytics.modules.tenancy.domain import ApiKey, Invitation, Store
from shoplytics.ports.identity import UserCard
from shoplytics.ports.tenancy import (
    AdminStoreView,
    AuditView,
    InvitationView,
    MemberView,
    StoreProfile,
)


class StoreRepository(Protocol):
    """Stores within the scope of the unit of work."""

    async def add(self, store: Store) -> bool:
        """False when another store has the slug."""
        ...

    async def for_update(self, store_id: UUID) -> Store:
        """Locked until the end, so that changes without If-Match queue. Raises NotFound."""
        ...

    async def save(self, store: Store) -> None:
        """Raises Stale when it was changed since it was read, SlugTaken. Raises `version` too."""
        ...

    async def restore(self, *, store_id: UUID, owner_id: UUID) -> Store:
        """A deleted store of this owner, back again. Raises NotFound."""
        ...

    async def of_user(
        self, *, user_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[Store, StoreRole]]:
        """Newest first, with the user's role in each."""
        ...


class MemberRepository(Protocol):
    """Who works in a store. Whoever changes roles takes `lock` first, so that changes of one store queue."""

    async def add(self, *, store_id: UUID, user: UserCard, role: StoreRole, now: datetime) -> bool:
        """False when they work there already."""
        ...

    async def lock(self, store_id: UUID) -> None:
        """Until the end. Raises NotFound for a store that does not exist or is deleted."""
        ...

    async def get(self, *, store_id: UUID, user_id: UUID) -> MemberView | None:
        """Read at this moment; the row cannot change until the end."""
        ...

    async def works(self, *, store_id: UUID, email: str) -> bool:
        """Whether somebody of this address, given in lower case, does."""
        ...

    async def hold(self, user_id: UUID) -> None:
        """Until the end their account is not closed: an answer asked for after this stays true."""
        ...

    async def other_owners(self, *, store_id: UUID, than: UUID) -> Sequence[UUID]:
        """Whoever has been there the longest first."""
        ...

    async def set_role(self, *, store_id: UUID, user_id: UUID, role: StoreRole) -> None: ...
    async def remove(self, *, store_id: UUID, user_id: UUID) -> None: ...
    async def lead(self, *, store_id: UUID, user_id: UUID, instead_of: UUID | None = None) -> None:
        """Make them the owner who may restore the store; with `instead_of`, only if that one is."""
        ...

    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[MemberView]:
        """By user id, so by when they registered."""
        ...

    async def refresh(self, user: UserCard) -> None:
        """Keep the newer copy of a user's name and address, wherever they work."""
        ...

    async def forget(self, *, user_id: UUID, email: str | None, pseudonym: str, now: datetime) -> None:
        """They work nowhere; their keys and invitations are void; the pseudonym stands for the address."""
        ...


class InvitationRepository(Protocol):
    """Only open ones are found: neither accepted nor revoked nor, except to send it again, expired."""

    async def add(self, invitation: Invitation) -> None: ...
    async def made_since(self, *, store_id: UUID, since: datetime) -> int:
        """Revoked and accepted ones too."""
        ...

    async def of_address(self, *, store_id: UUID, email: str) -> Invitation | None:
        """Locked until the end; an expired one too."""
        ...

    async def for_update(self, *, store_id: UUID, invitation_id: UUID) -> Invitation:
        """Locked until the end; an expired one too. Raises NotFound."""
        ...

    async def save(self, invitation: Invitation) -> None:
        """Its role and when it was sent and ends."""
        ...

    async def revoke(self, *, store_id: UUID, invitation_id: UUID, now: datetime) -> None: ...
    async def revoke_of(
        self, *, store_id: UUID, invited_by: UUID, roles: Sequence[StoreRole], now: datetime
    ) -> None:
        """Those somebody made for one of these roles."""
        ...

    async def of_store(self, *, store_id: UUID, before: UUID | None, limit: int) -> Sequence[InvitationView]:
        """Newest first; expired ones too, which can be sent again."""
        ...

    async def to_address(
        self, *, email: str, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[InvitationView]:
        """Newest first."""
        ...

    async def mark_mailed(
        self, *, store_id: UUID, invitation_id: UUID, cause: UUID, token_hash: bytes
    ) -> InvitationView | None:
        """Takes the token in place of an older cause's; None for a cause that was served, or no open one."""
        ...

    async def accept(
        self, *, token_hash: bytes, email: str, user_id: UUID, now: datetime
    ) -> InvitationView | None:
        """Used up, if it is open and of this address. At most one of many at once is given it."""
        ...


class KeyRepository(Protocol):
    """A store's keys; revoked ones are not found."""

    async def add(self, key: ApiKey) -> None: ...
    async def for_update(self, *, store_id: UUID, key_id: UUID) -> ApiKey:
        """Raises NotFound."""
        ...

    async def get(self, *, store_id: UUID, key_id: UUID) -> tuple[ApiKey, StoreRole | None]:
        """With its holder's present role. Raises NotFound."""
        ...

    async def of_store(
        self, *, store_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[ApiKey, StoreRole | None]]:
        """Newest first."""
        ...

    async def save(self, key: ApiKey) -> None: ...
    async def revoke(self, *, store_id: UUID, key_id: UUID, now: datetime) -> None: ...


class KnownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is good now. `role` is its holder's."""

    id: UUID
    store_id: UUID
    holder_id: UUID
    scopes: list[str]
    role: StoreRole
    expires_at: datetime | None


class KeyDoor(Protocol):
    """Keys by their secret, outside any unit of work."""

    async def find(self, key_hash: bytes, *, now: datetime) -> KnownKey | None: ...
    async def used(self, *, store_id: UUID, key_id: UUID, now: datetime) -> None:
        """Writes it down unless it was within the last minute."""
        ...


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` and `action` are whole words; `before` is the last row seen."""

    store_id: UUID | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: int


class AuditReader(Protocol):
    async def read(self, wanted: AuditFilter) -> Sequence[AuditView]:
        """Newest first."""
        ...


class StoreSearch(msgspec.Struct, frozen=True, kw_only=True):
    """`q` is part of a name or slug."""

    q: str | None = None
    active: bool | None = None
    deleted: bool = False
    before: UUID | None = None
    limit: int


class AllStores(Protocol):
    """Every store, for the platform's administrators."""

    async def search(self, wanted: StoreSearch) -> Sequence[AdminStoreView]:
        """Newest first."""
        ...

    async def get(self, store_id: UUID) -> AdminStoreView:
        """Deleted ones too. Raises NotFound."""
        ...

    async def for_update(self, store_id: UUID) -> Store:
        """Deleted ones too. Raises NotFound."""
        ...


class Directory(Protocol):
    """The public's view of stores, outside any unit of work."""

    async def profile(self, store_id: UUID) -> StoreProfile:
        """Raises NotFound."""
        ...

    async def profiles(self, *, q: str | None, before: UUID | None, limit: int) -> Sequence[StoreProfile]:
        """Newest first; `q` is part of a name or slug."""
        ...

    async def count(self, *, q: str | None) -> int: ...

"""Stand-ins for what tenancy keeps: stores, members and invitations."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain import Invitation, SlugTaken, Store
from shoplytics.ports.identity import UserCard
from shoplytics.ports.tenancy import InvitationView, MemberView, StoreFacts


@dataclass
class MemoryStores:
    rows: dict[UUID, Store] = field(default_factory=dict)
    roles: dict[tuple[UUID, UUID], MemberView] = field(default_factory=dict)

    async def add(self, store: Store) -> bool:
        if any(known.slug == store.slug for known in self.rows.values()):
            return False
        self.rows[store.id] = replace(store)
        return True

    async def for_update(self, store_id: UUID) -> Store:
        found = self.rows.get(store_id)
        if found is None or found.deleted_at is not None:
            raise NotFound
        return replace(found)

    async def save(self, store: Store) -> None:
        if any(known.slug == store.slug and known.id != store.id for known in self.rows.values()):
            raise SlugTaken
        store.version += 1
        self.rows[store.id] = replace(store)

    async def restore(self, *, store_id: UUID, owner_id: UUID) -> Store:
        found = self.rows.get(store_id)
        if found is None or found.owner_id != owner_id or found.deleted_at is None:
            raise NotFound
        found.deleted_at = None
        found.version += 1
        return replace(found)

    async def of_user(
        self, *, user_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[Store, StoreRole]]:
        mine = [(self.rows[s], member.role) for (s, u), member in self.roles.items() if u == user_id]
        return [(store, role) for store, role in mine if before is None or store.id < before][:limit]


@dataclass
class MemoryMembers:
    """The members of `stores`, who are seen in the lists of their stores, too."""

    stores: MemoryStores

    async def add(self, *, store_id: UUID, user: UserCard, role: StoreRole, now: datetime) -> bool:
        if (store_id, user.id) in self.stores.roles:
            return False
        self.stores.roles[store_id, user.id] = MemberView(
            user_id=user.id, email=user.email, name=user.name, role=role, created_at=now
        )
        return True

    async def lock(self, store_id: UUID) -> None:
        await self.stores.for_update(store_id)

    async def get(self, *, store_id: UUID, user_id: UUID) -> MemberView | None:
        return copy(self.stores.roles.get((store_id, user_id)))

    async def works(self, *, store_id: UUID, email: str) -> bool:
        return any(s == store_id and m.email == email for (s, _), m in self.stores.roles.items())

    async def hold(self, user_id: UUID) -> None:
        """Nothing happens at once here."""

    async def other_owners(self, *, store_id: UUID, than: UUID) -> Sequence[UUID]:
        owners = [u for (s, u), m in self.stores.roles.items() if s == store_id and m.role is StoreRole.OWNER]
        return [user_id for user_id in owners if user_id != than]

    async def set_role(self, *, store_id: UUID, user_id: UUID, role: StoreRole) -> None:
        self.stores.roles[store_id, user_id].role = role

    async def remove(self, *, store_id: UUID, user_id: UUID) -> None:
        del self.stores.roles[store_id, user_id]

    async def lead(self, *, store_id: UUID, user_id: UUID, instead_of: UUID | None = None) -> None:
        store = self.stores.rows[store_id]
        if instead_of in (None, store.owner_id):
            store.owner_id = user_id

    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[MemberView]:
        return [member for (s, _), member in self.stores.roles.items() if s == store_id][:limit]

    async def refresh(self, user: UserCard) -> None:
        for (_, user_id), member in self.stores.roles.items():
            if user_id == user.id:
                member.email, member.name = user.email, user.name

    async def forget(self, *, user_id: UUID, email: str | None, pseudonym: str, now: datetime) -> None:
        for key in [key for key in self.stores.roles if key[1] == user_id]:
            del self.stores.roles[key]


@dataclass
class MemoryInvitations:
    """As tenancy_invitation keeps them; `hashes` holds the token and cause of each that was mailed."""

    rows: dict[UUID, Invitation] = field(default_factory=dict)
    hashes: dict[UUID, tuple[bytes, UUID]] = field(default_factory=dict)
    closed: set[UUID] = field(default_factory=set)

    async def add(self, invitation: Invitation) -> None:
        self.rows[invitation.id] = replace(invitation)

    async def made_since(self, *, store_id: UUID, since: datetime) -> int:
        return sum(one.store_id == store_id and one.created_at >= since for one in self.rows.values())

    async def of_address(self, *, store_id: UUID, email: str) -> Invitation | None:
        found = (one for one in self._open() if (one.store_id, one.email) == (store_id, email))
        return next((replace(one) for one in found), None)

    async def for_update(self, *, store_id: UUID, invitation_id: UUID) -> Invitation:
        found = (one for one in self._open() if (one.store_id, one.id) == (store_id, invitation_id))
        for one in found:
            return replace(one)
        raise NotFound

    async def save(self, invitation: Invitation) -> None:
        self.rows[invitation.id] = replace(invitation)
        token, cause = self.hashes.get(invitation.id, (b"", UUID(int=0)))
        if token:
            self.hashes[invitation.id] = (b"", cause)

    async def revoke(self, *, store_id: UUID, invitation_id: UUID, now: datetime) -> None:
        self.closed.add(invitation_id)

    async def revoke_of(
        self, *, store_id: UUID, invited_by: UUID, roles: Sequence[StoreRole], now: datetime
    ) -> None:
        for one in self._open():
            if (one.store_id, one.invited_by) == (store_id, invited_by) and one.role in roles:
                self.closed.add(one.id)

    async def of_store(self, *, store_id: UUID, before: UUID | None, limit: int) -> Sequence[InvitationView]:
        return [_invited(one) for one in self._open() if one.store_id == store_id][:limit]

    async def to_address(
        self, *, email: str, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[InvitationView]:
        return [_invited(one) for one in self._open() if one.email == email and one.expires_at > now][:limit]

    async def mark_mailed(
        self, *, store_id: UUID, invitation_id: UUID, cause: UUID, token_hash: bytes
    ) -> InvitationView | None:
        known = self.hashes.get(invitation_id, (b"", UUID(int=0)))
        if invitation_id not in self.rows or invitation_id in self.closed or known[1] >= cause:
            return None
        self.hashes[invitation_id] = (token_hash, cause)
        return _invited(self.rows[invitation_id])

    async def accept(
        self, *, token_hash: bytes, email: str, user_id: UUID, now: datetime
    ) -> InvitationView | None:
        for one in self._open():
            known = self.hashes.get(one.id, (b"", one.id))[0]
            if known == token_hash and one.email == email and one.expires_at > now:
                self.closed.add(one.id)
                return _invited(one)
        return None

    def _open(self) -> Sequence[Invitation]:
        return [one for one in self.rows.values() if one.id not in self.closed]


def _invited(one: Invitation) -> InvitationView:
    return InvitationView(**{name: getattr(one, name) for name in InvitationView.__struct_fields__})


@dataclass
class Facts:
    """A store of any id."""

    async def facts(self, store_id: UUID) -> StoreFacts:
        return StoreFacts(
            id=store_id,
            name="Tea",
            slug="tea",
            currency="GBP",
            timezone="UTC",
            active=True,
            low_stock_threshold=3,
        )

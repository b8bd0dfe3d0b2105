"""Stand-ins for what services ask of the outside, kept in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import NotFound, Stale, Unavailable
from shoplytics.kernel.events import Event
from shoplytics.modules.identity.domain.errors import TooManyGuesses, UsernameTaken
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Account, NewSession, Rotation
from shoplytics.modules.tenancy.domain import SlugTaken, Store
from shoplytics.ports.identity import SessionView, UserCard
from shoplytics.ports.tenancy import MemberView

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until told otherwise."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class KeptOutbox:
    events: list[Event] = field(default_factory=list)

    async def add(self, *events: Event) -> None:
        self.events += events

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class PlainHasher:
    """Hashes nothing; counts its work. `busy` makes it refuse, `old` is what an outdated hash begins with."""

    work: int = 0
    busy: bool = False
    old: str = "old:"

    async def hash(self, password: str) -> str:
        self._count()
        return f"plain:{password}"

    async def verify(self, hashed: str | None, password: str) -> bool:
        self._count()
        return hashed in (f"plain:{password}", f"{self.old}{password}")

    def outdated(self, hashed: str) -> bool:
        return hashed.startswith(self.old)

    def _count(self) -> None:
        if self.busy:
            raise Unavailable(retry_after=1)
        self.work += 1


@dataclass
class MemoryUsers:
    """Users, and what sign-in and the other modules ask about them."""

    rows: dict[UUID, User] = field(default_factory=dict)
    disabled: set[UUID] = field(default_factory=set)

    async def add(self, user: User) -> bool:
        if self._same_username(user):
            raise UsernameTaken
        if await self.by_email(user.email) is not None:
            return False
        self.rows[user.id] = replace(user)
        return True

    async def get(self, user_id: UUID) -> User:
        if user_id not in self.rows:
            raise NotFound
        return replace(self.rows[user_id])

    async def for_update(self, user_id: UUID) -> User:
        return await self.get(user_id)

    async def by_email(self, email: str) -> User | None:
        return next((replace(u) for u in self.rows.values() if u.email == email.lower()), None)

    async def save(self, user: User) -> None:
        if self.rows[user.id].version != user.version:
            raise Stale
        if self._same_username(user):
            raise UsernameTaken
        user.version += 1
        self.rows[user.id] = replace(user)

    async def any_admin(self) -> bool:
        return any(user.platform_admin for user in self.rows.values())

    async def find(self, kind: IdentifierKind, value: str) -> Account | None:
        for user in self.rows.values():
            if kind is IdentifierKind.PHONE and user.phone_verified_at is None:
                continue
            if (getattr(user, kind) or "").lower() == value:
                return Account(
                    user_id=user.id,
                    password_hash=user.password_hash,
                    token_epoch=user.token_epoch,
                    verified=user.email_verified_at is not None,
                    disabled=user.id in self.disabled,
                )
        return None

    async def rehash(self, user_id: UUID, *, old: str, new: str) -> None:
        if self.rows[user_id].password_hash == old:
            self.rows[user_id].password_hash = new

    async def card(self, user_id: UUID) -> UserCard:
        user = await self.get(user_id)
        return UserCard(id=user.id, email=user.email, name=user.name, version=user.version)

    def _same_username(self, user: User) -> bool:
        names = {u.username.lower() for u in self.rows.values() if u.username and u.id != user.id}
        return user.username is not None and user.username.lower() in names


@dataclass
class MemoryGuesses:
    taken: list[tuple[str, bytes, datetime]] = field(default_factory=list)

    async def take(self, *, purpose: str, subject: bytes, limit: int, now: datetime) -> None:
        since = now - timedelta(hours=1)
        recent = [at for *key, at in self.taken if key == [purpose, subject] and at > since]
        if len(recent) >= limit:
            raise TooManyGuesses(retry_after=int((min(recent) + timedelta(hours=1) - now).total_seconds()))
        self.taken.append((purpose, subject, now))

    async def give_back(self, *, purpose: str, subject: bytes, now: datetime) -> None:
        self.taken.remove((purpose, subject, now))


@dataclass
class MemoryNetworks:
    """Reads what MemorySessions keeps of each sign-in."""

    sessions: "MemorySessions"

    async def knows(self, *, user_id: UUID, network: bytes, since: datetime) -> bool:
        seen = self.sessions.networks.get((user_id, network))
        return seen is not None and seen > since


@dataclass
class MemorySessions:
    """Sessions with their refresh tokens; `asked` counts questions about who is alive."""

    users: MemoryUsers
    rows: dict[UUID, NewSession] = field(default_factory=dict)
    tokens: dict[bytes, tuple[UUID, bool]] = field(default_factory=dict)
    networks: dict[tuple[UUID, bytes], datetime] = field(default_factory=dict)
    asked: int = 0

    async def open(self, session: NewSession) -> None:
        self.networks[session.user_id, session.network] = session.created_at
        self.rows[session.id] = session
        self.tokens[session.refresh_hash] = (session.id, False)

    async def rotate(self, rotation: Rotation) -> tuple[UUID, UUID] | None:
        session_id, used = self.tokens.get(rotation.old_hash, (uuid4(), False))
        if used:
            self.rows.pop(session_id, None)
        session = self.rows.get(session_id)
        if session is None or session.refresh_until <= rotation.now:
            return None
        self.tokens[rotation.old_hash] = (session_id, True)
        self.tokens[rotation.new_hash] = (session_id, False)
        return session.user_id, session_id

    async def live(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool | None:
        self.asked += 1
        session, user = self.rows.get(session_id), self.users.rows.get(user_id)
        if session is None or user is None or session.epoch != user.token_epoch:
            return None
        return user.platform_admin

    async def authenticated_at(self, session_id: UUID) -> datetime | None:
        session = self.rows.get(session_id)
        return session.created_at if session else None

    async def end(self, *, session_id: UUID, now: datetime) -> None:
        self.rows.pop(session_id, None)

    async def end_all(self, *, user_id: UUID, now: datetime) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row.user_id != user_id}

    async def of_user(
        self, *, user_id: UUID, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[SessionView]:
        mine = sorted((s for s in self.rows.values() if s.user_id == user_id), key=lambda s: s.id)
        return [
            SessionView(
                id=s.id,
                created_at=s.created_at,
                last_used_at=s.created_at,
                user_agent=s.user_agent,
                current=False,
            )
            for s in reversed(mine)
            if before is None or s.id < before
        ][:limit]

    async def revoke(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        session = self.rows.get(session_id)
        return session is not None and session.user_id == user_id and bool(self.rows.pop(session_id))


@dataclass
class MemoryOneTimeTokens:
    rows: dict[bytes, tuple[str, UUID | None, datetime]] = field(default_factory=dict)

    async def replace(
        self, *, purpose: str, user_id: UUID | None, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row[:2] != (purpose, user_id)}
        self.rows[token_hash] = (purpose, user_id, expires_at)

    async def use(self, *, purpose: str, token_hash: bytes, now: datetime) -> bool:
        kept, _, until = self.rows.get(token_hash, ("", None, now))
        return kept == purpose and until > now and bool(self.rows.pop(token_hash))


@dataclass
class KeptCleaner:
    before: datetime | None = None

    async def sweep(self, *, before: datetime) -> int:
        self.before = before
        return 0


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

    async def add_owner(self, *, store_id: UUID, user: UserCard, now: datetime) -> None:
        self.roles[store_id, user.id] = MemberView(
            user_id=user.id, email=user.email, name=user.name, role=StoreRole.OWNER, created_at=now
        )

    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[MemberView]:
        return [member for (s, _), member in self.roles.items() if s == store_id][:limit]

    async def refresh(self, user: UserCard) -> None:
        for (_, user_id), member in self.roles.items():
            if user_id == user.id:
                member.email, member.name = user.email, user.name


@dataclass
class KeptAudit:
    rows: list[tuple[Actor, str, str]] = field(default_factory=list)

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
        self.rows.append((actor, action, target))

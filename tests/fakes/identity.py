"""Stand-ins for what identity keeps: accounts, sessions, guesses, tokens and codes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from shoplytics.kernel.errors import NotFound, Stale, Unavailable
from shoplytics.modules.identity.domain.errors import EmailTaken, TooManyGuesses, UsernameTaken
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Account, KeptCode, NewSession, NewToken, Rotation, UsedToken
from shoplytics.modules.identity.ports.people import Former
from shoplytics.ports.identity import SessionView, UserCard


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
    deleted: set[str] = field(default_factory=set)

    async def add(self, user: User) -> bool:
        if self._same_username(user):
            raise UsernameTaken
        if user.email in self.deleted or await self.by_email(user.email) is not None:
            return False
        self.rows[user.id] = replace(user)
        return True

    async def get(self, user_id: UUID) -> User:
        if user_id not in self.rows:
            raise NotFound
        return replace(self.rows[user_id])

    async def for_update(self, user_id: UUID) -> User:
        return await self.get(user_id)

    async def lives(self, user_id: UUID) -> bool:
        return user_id in self.rows and self.rows[user_id].disabled_at is None

    async def proved(self, user_id: UUID) -> bool:
        return user_id in self.rows and self.rows[user_id].email_verified_at is not None

    async def by_email(self, email: str) -> User | None:
        return next((replace(u) for u in self.rows.values() if u.email == email.lower()), None)

    async def by_phone(self, phone: str) -> Sequence[User]:
        return [replace(u) for u in self.rows.values() if u.phone == phone]

    async def release_phone(self, phone: str, *, to: UUID) -> None:
        for user in self.rows.values():
            if user.phone == phone and user.id != to:
                user.phone_verified_at = None

    async def save(self, user: User) -> None:
        if any(u.email == user.email and u.id != user.id for u in self.rows.values()):
            raise EmailTaken
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
                    disabled=user.id in self.disabled or user.disabled_at is not None,
                )
        return None

    async def rehash(self, user_id: UUID, *, old: str, new: str) -> None:
        if self.rows[user_id].password_hash == old:
            self.rows[user_id].password_hash = new

    async def card(self, user_id: UUID) -> UserCard:
        user = await self.get(user_id)
        return UserCard(
            id=user.id,
            email=user.email,
            name=user.name,
            version=user.version,
            email_verified=user.email_verified_at is not None,
        )

    def _same_username(self, user: User) -> bool:
        names = {u.username.lower() for u in self.rows.values() if u.username and u.id != user.id}
        return user.username is not None and user.username.lower() in names


@dataclass
class MemoryGuesses:
    taken: list[tuple[str, bytes, datetime]] = field(default_factory=list)
    window: timedelta = timedelta(hours=1)

    async def take(self, *, purpose: str, subject: bytes, limit: int, now: datetime) -> None:
        since = now - self.window
        recent = [at for *key, at in self.taken if key == [purpose, subject] and at > since]
        if len(recent) >= limit:
            raise TooManyGuesses(retry_after=int((min(recent) + self.window - now).total_seconds()))
        self.taken.append((purpose, subject, now))

    async def give_back(self, *, purpose: str, subject: bytes, now: datetime) -> None:
        self.taken.remove((purpose, subject, now))

    async def forget(self, *, purpose: str, subject: bytes) -> None:
        self.taken = [kept for kept in self.taken if kept[:2] != (purpose, subject)]


@dataclass
class KeptWaysIn:
    """Whose were closed."""

    closed: list[UUID] = field(default_factory=list)

    async def close(self, *, user_id: UUID, now: datetime) -> None:
        self.closed.append(user_id)


@dataclass
class MemoryNetworks:
    """Reads what MemorySessions keeps of each sign-in."""

    sessions: "MemorySessions"

    async def knows(self, *, user_id: UUID, network: bytes, since: datetime) -> bool:
        seen = self.sessions.networks.get((user_id, network))
        return seen is not None and seen > since

    async def remember(self, *, user_id: UUID, network: bytes, now: datetime) -> None:
        self.sessions.networks[user_id, network] = now


@dataclass
class MemorySessions:
    """Sessions with their refresh tokens; `asked` counts questions about who is alive."""

    users: MemoryUsers
    rows: dict[UUID, NewSession] = field(default_factory=dict)
    tokens: dict[bytes, tuple[UUID, bool]] = field(default_factory=dict)
    proved: dict[UUID, datetime] = field(default_factory=dict)
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
        if session.epoch != self.users.rows[session.user_id].token_epoch:
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

    async def authenticated_at(self, session_id: UUID, *, now: datetime) -> datetime | None:
        session = self.rows.get(session_id)
        if session is None or session.epoch != self.users.rows[session.user_id].token_epoch:
            return None
        return self.proved.get(session_id, session.created_at)

    async def authenticated(self, *, user_id: UUID, session_id: UUID, now: datetime) -> None:
        if self.rows[session_id].user_id == user_id:
            self.proved[session_id] = now

    async def revoke_others(self, *, user_id: UUID, keep: UUID, now: datetime) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row.user_id != user_id or key == keep}

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
    rows: dict[bytes, tuple[str, UUID | None, str | None, datetime]] = field(default_factory=dict)
    causes: set[UUID] = field(default_factory=set)

    async def replace(
        self, *, purpose: str, user_id: UUID | None, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row[:2] != (purpose, user_id)}
        self.rows[token_hash] = (purpose, user_id, None, expires_at)

    async def add(self, token: NewToken) -> bool:
        if token.cause in self.causes:
            return False
        self.causes.add(token.cause)
        self.rows[token.token_hash] = (token.purpose, token.user_id, token.email, token.expires_at)
        return True

    async def use(self, *, purpose: str, token_hash: bytes, now: datetime) -> UsedToken | None:
        kept, user_id, email, until = self.rows.get(token_hash, ("", None, None, now))
        if kept != purpose or until <= now:
            return None
        del self.rows[token_hash]
        return UsedToken(user_id, email)

    async def void(self, *, user_id: UUID, now: datetime) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row[1] != user_id}


@dataclass
class MemoryCodes:
    """Codes, and the tries at them."""

    rows: dict[UUID, KeptCode] = field(default_factory=dict)
    used: set[UUID] = field(default_factory=set)
    tries: dict[UUID, int] = field(default_factory=dict)

    async def add(self, code: KeptCode) -> bool:
        return self.rows.setdefault(code.id, code) is code

    async def use(self, *, challenge_id: UUID, now: datetime) -> bool:
        good = challenge_id not in self.used
        self.used.add(challenge_id)
        return good

    async def void(self, *, user_id: UUID, now: datetime) -> None:
        self.used |= {key for key, code in self.rows.items() if code.user_id == user_id}

    async def take(self, *, challenge_id: UUID, limit: int, now: datetime) -> KeptCode | None:
        code, tried = self.rows.get(challenge_id), self.tries.get(challenge_id, 0)
        if code is None or challenge_id in self.used or code.expires_at <= now or tried >= limit:
            return None
        self.tries[challenge_id] = tried + 1
        return code


@dataclass
class KeptCleaner:
    before: datetime | None = None
    unseen_since: datetime | None = None

    async def sweep(self, *, before: datetime, unseen_since: datetime) -> int:
        self.before, self.unseen_since = before, unseen_since
        return 0


@dataclass
class MemoryLeaving:
    """Accounts by id: the address, whether an administrator, and when deleted."""

    rows: dict[UUID, tuple[str, bool, datetime | None]] = field(default_factory=dict)
    forgotten: set[UUID] = field(default_factory=set)
    erased: set[UUID] = field(default_factory=set)
    avatars: dict[UUID, str] = field(default_factory=dict)

    async def is_admin(self, user_id: UUID) -> bool:
        if user_id not in self.rows or self.rows[user_id][2] is not None:
            raise NotFound
        return self.rows[user_id][1]

    async def delete(self, user_id: UUID, *, now: datetime) -> None:
        email, admin, _ = self.rows[user_id]
        self.rows[user_id] = (email, admin, now)

    async def erase(self, user_id: UUID, *, email: str, now: datetime) -> Former:
        former, admin, gone = self.rows[user_id]
        self.rows[user_id] = (email, admin, gone or now)
        self.erased.add(user_id)
        return Former(email=former, avatar_key=self.avatars.get(user_id))

    async def forget(self, user_id: UUID) -> None:
        self.forgotten.add(user_id)

    async def due(self, *, deleted_before: datetime, limit: int) -> Sequence[UUID]:
        gone = [(key, at) for key, (_, _, at) in self.rows.items() if at is not None]
        return [key for key, at in gone if at < deleted_before and key not in self.erased][:limit]

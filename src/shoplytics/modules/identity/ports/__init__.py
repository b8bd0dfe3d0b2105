"""What identity needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.users import User
from shoplytics.ports.identity import SessionView


class PasswordHasher(Protocol):
    """Slow on purpose, so never on the event loop. Both raise Unavailable when too many are waiting."""

    async def hash(self, password: str) -> str: ...
    async def verify(self, hashed: str | None, password: str) -> bool:
        """Costs the same without a hash (an unknown user), and is then False."""
        ...

    def outdated(self, hashed: str) -> bool:
        """Whether it was made with weaker parameters than today's."""
        ...


class UserRepository(Protocol):
    """Users within the scope of the unit of work."""

    async def add(self, user: User) -> bool:
        """False when the e-mail address has an account already. Raises UsernameTaken.

        The username is taken for some days then, too, or whether it is would tell of the account.
        """
        ...

    async def get(self, user_id: UUID) -> User:
        """Raises NotFound."""
        ...

    async def for_update(self, user_id: UUID) -> User:
        """Locked until the end, so that changes without If-Match queue. Raises NotFound."""
        ...

    async def by_email(self, email: str) -> User | None: ...
    async def by_phone(self, phone: str) -> Sequence[User]:
        """Whoever claims the number; at most one of them has verified it."""
        ...

    async def release_phone(self, phone: str, *, to: UUID) -> None:
        """Nobody else has it verified from now on: a number that changed hands is its new owner's."""
        ...

    async def save(self, user: User) -> None:
        """Raises Stale when it was changed since it was read, UsernameTaken, EmailTaken.

        Raises `version`, too.
        """
        ...

    async def any_admin(self) -> bool:
        """Whether the platform has an administrator; two set-ups at once wait for each other here."""
        ...


class SessionRepository(Protocol):
    """A user's own sessions."""

    async def of_user(
        self, *, user_id: UUID, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[SessionView]:
        """Live ones, newest first; `current` is always False here."""
        ...

    async def revoke(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        """False when the user has no such live session."""
        ...

    async def revoke_others(self, *, user_id: UUID, keep: UUID, now: datetime) -> None: ...
    async def authenticated(self, *, user_id: UUID, session_id: UUID, now: datetime) -> None:
        """The user has just proved who they are."""
        ...


class NetworkRepository(Protocol):
    async def remember(self, *, user_id: UUID, network: bytes, now: datetime) -> None:
        """Guesses from there have a counter of their own from now on."""
        ...


class WaysIn(Protocol):
    """What opens an account, and is kept beside it."""

    async def close(self, *, user_id: UUID, now: datetime) -> None:
        """Second factor, recovery codes, providers, known networks, and links and codes on their way."""
        ...


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is what the token proves; `cause` the event it was made for."""

    purpose: str
    user_id: UUID
    email: str
    token_hash: bytes
    cause: UUID
    created_at: datetime
    expires_at: datetime


class UsedToken(msgspec.Struct, frozen=True):
    user_id: UUID | None
    email: str | None


class TokenRepository(Protocol):
    """One-time tokens by their digest."""

    async def replace(
        self, *, purpose: str, user_id: UUID | None, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        """Keep this one and forget the user's earlier ones of the same purpose."""
        ...

    async def add(self, token: NewToken) -> bool:
        """False when its cause has one already."""
        ...

    async def use(self, *, purpose: str, token_hash: bytes, now: datetime) -> UsedToken | None:
        """For exactly one caller, while it is good and unused."""
        ...

    async def void(self, *, user_id: UUID, now: datetime) -> None:
        """Mailed links of this user are good for nothing any more."""
        ...


class KeptCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code as it is kept; see domain/codes.py."""

    id: UUID
    purpose: Purpose
    target: str
    user_id: UUID | None
    code_hash: bytes
    created_at: datetime
    expires_at: datetime


class CodeRepository(Protocol):
    """One-time codes within the unit of work."""

    async def add(self, code: KeptCode) -> bool:
        """False when the challenge has one already."""
        ...

    async def use(self, *, challenge_id: UUID, now: datetime) -> bool:
        """True for exactly one caller, while it is good and unused."""
        ...

    async def void(self, *, user_id: UUID, now: datetime) -> None: ...


class CodeTries(Protocol):
    """Beside any unit of work: a try counts whatever becomes of the request."""

    async def take(self, *, challenge_id: UUID, limit: int, now: datetime) -> KeptCode | None:
        """Counts a try at a code that is good and unused; None for any other and after `limit` tries."""
        ...


class Cleaner(Protocol):
    async def sweep(self, *, before: datetime, unseen_since: datetime) -> int:
        """Forget sessions, tokens, codes and guesses that ended before; how many rows went.

        And networks that nobody was signed in to from since.
        """
        ...


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What sign-in needs to know of a user."""

    user_id: UUID
    password_hash: str | None
    token_epoch: int
    verified: bool
    disabled: bool


class Accounts(Protocol):
    """Looks users up for sign-in, outside any unit of work."""

    async def find(self, kind: IdentifierKind, value: str) -> Account | None: ...
    async def rehash(self, user_id: UUID, *, old: str, new: str) -> None:
        """Store the same password under newer parameters, unless it was changed meanwhile."""
        ...


class Guesses(Protocol):
    """Counts guesses at secrets where no flush or restart forgets them; each call is committed at once."""

    async def take(self, *, purpose: str, subject: bytes, limit: int, now: datetime) -> None:
        """Count a guess before it is checked, so that parallel ones count too.

        Raises TooManyGuesses when `limit` of the window failed.
        """
        ...

    async def give_back(self, *, purpose: str, subject: bytes, now: datetime) -> None:
        """The guess taken at `now` was right and does not count."""
        ...

    async def forget(self, *, purpose: str, subject: bytes) -> None:
        """What was guessed at is good no more."""
        ...


class KnownNetworks(Protocol):
    """Where accounts were signed in to, outside any unit of work; sign-in itself adds to it."""

    async def knows(self, *, user_id: UUID, network: bytes, since: datetime) -> bool: ...


class SecondFactor(Protocol):
    """What an account may ask for after the right password or code, before a session is opened."""

    async def check(self, *, user_id: UUID, code: str | None, now: datetime) -> None:
        """Returns for an account that asks for nothing, and once for each right code.

        Without a code raises SecondFactorNeeded, which is no guess; with a wrong one WrongSecondFactor, which
        counts as one.
        """
        ...


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """`network` is the known network to be, as Guard.network makes it."""

    id: UUID
    user_id: UUID
    epoch: int
    user_agent: str
    network: bytes
    refresh_hash: bytes
    created_at: datetime
    refresh_until: datetime
    expires_at: datetime


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token to be exchanged for the next."""

    old_hash: bytes
    new_hash: bytes
    now: datetime
    refresh_until: datetime


class OpensSessions(Protocol):
    async def open(self, session: NewSession) -> None:
        """With its refresh token; remembers the network, and the moment as the user's last sign-in."""
        ...


class LiveSessions(OpensSessions, Protocol):
    """Sessions outside any unit of work; each call is one statement, committed at once."""

    async def rotate(self, rotation: Rotation) -> tuple[UUID, UUID] | None:
        """User and session for the one caller whose token was good and unused; None for the others.

        A token used before ends its session: it was stolen, from the thief or from us.
        """
        ...

    async def live(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool | None:
        """Whether the user is a platform administrator; None when the session has ended."""
        ...

    async def authenticated_at(self, session_id: UUID, *, now: datetime) -> datetime | None:
        """When its user last proved who they are; None when the session has ended."""
        ...

    async def end(self, *, session_id: UUID, now: datetime) -> None: ...
    async def end_all(self, *, user_id: UUID, now: datetime) -> None: ...

"""What sign-in through a provider needs from outside; the providers are in ports/sign_in.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Account
from shoplytics.ports.identity import SecurityChanged


class StartedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """`secrets` are sealed."""

    state_hash: bytes
    provider: str
    browser_hash: bytes
    secrets: bytes
    created_at: datetime
    expires_at: datetime


class SignInStates(Protocol):
    """Sign-ins on their way, outside any unit of work; each call is one statement, committed at once."""

    async def start(self, started: StartedSignIn) -> None: ...
    async def take(self, *, state_hash: bytes, provider: str, browser_hash: bytes, now: datetime) -> bytes:
        """The sealed secrets, for exactly one caller. Raises InvalidState, OtherBrowser.

        Another browser uses up nothing.
        """
        ...

    async def wait(self, *, state_hash: bytes, link_id: UUID, second_hash: bytes, until: datetime) -> None:
        """A taken one waits for its second factor."""
        ...

    async def waiting(
        self, *, second_hash: bytes, provider: str, browser_hash: bytes, now: datetime
    ) -> UUID | None:
        """The link that a waiting one is for."""
        ...

    async def finish(self, second_hash: bytes) -> bool:
        """True for exactly one caller."""
        ...


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A user's subject at a provider."""

    id: UUID
    user_id: UUID
    issuer: str
    subject: str
    created_at: datetime
    last_used_at: datetime


class LinkedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """`account.disabled` also for one that was deleted."""

    link_id: UUID
    account: Account


class LinkedAccounts(Protocol):
    """Accounts by subject, outside any unit of work; each call is one transaction, committed at once."""

    async def find(self, *, issuer: str, subject: str) -> LinkedAccount | None: ...
    async def by_id(self, link_id: UUID) -> LinkedAccount | None: ...
    async def link(self, link: Link, *, email: str, noted: SecurityChanged) -> None:
        """Only while that user's address is this one and verified, and the subject is nobody's yet.

        `noted` is published with it.
        """
        ...

    async def make(self, user: User, link: Link) -> None:
        """Both or neither: nothing when address or subject are somebody's."""
        ...

    async def used(self, link_id: UUID, *, now: datetime) -> None: ...


class LinkRepository(Protocol):
    """A user's own links within the unit of work."""

    async def of_user(self, user_id: UUID) -> Sequence[Link]:
        """Oldest first."""
        ...

    async def remove(self, *, user_id: UUID, link_id: UUID) -> None: ...

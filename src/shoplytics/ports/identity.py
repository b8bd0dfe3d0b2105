"""Identity: who a person is. Views, events and what other modules may ask."""

from datetime import date, datetime
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event


class UserView(msgspec.Struct, kw_only=True):
    id: UUID
    email: str
    username: str | None
    phone: str | None
    first_name: str
    last_name: str
    date_of_birth: date | None
    email_verified: bool
    platform_admin: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class TokenPair(msgspec.Struct, kw_only=True):
    """`expires_in` is the access token's life in seconds; the refresh token is opaque and good for one use."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750), not a secret
    expires_in: int


class SessionView(msgspec.Struct, kw_only=True):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    current: bool


class UserRegistered(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "identity.user-registered"

    user_id: UUID
    email: str


class Caller(msgspec.Struct, frozen=True):
    """What an access token proves, checked against the live session."""

    user_id: UUID
    session_id: UUID
    platform_admin: bool


class Sessions(Protocol):
    """For the edge: turns an access token into a caller."""

    async def caller(self, token: str) -> Caller:
        """Raises Unauthenticated for a token that is malformed, expired, or whose session has ended."""
        ...

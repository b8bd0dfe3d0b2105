"""Identity: who a person is. Views, events and what other modules may ask."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Protocol, runtime_checkable
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.preferences import Preferences
from shoplytics.ports.edge import Client
from shoplytics.ports.identity.events import (
    AccountClosed,
    AvatarDropped,
    CodeAsked,
    EmailChangeAsked,
    EmailChanged,
    PasswordChanged,
    PasswordForgotten,
    RegistrationRepeated,
    SecurityChanged,
    UserChanged,
    UserErased,
    UserRegistered,
    VerificationAsked,
)

__all__ = [
    "Accepted",
    "AccountClosed",
    "AddressBook",
    "AddressView",
    "AdminUserView",
    "Administrators",
    "AvatarDropped",
    "Caller",
    "Challenge",
    "CodeAsked",
    "CodeView",
    "ConsoleSessions",
    "DeletedView",
    "EmailChangeAsked",
    "EmailChanged",
    "ExportView",
    "LiveUsers",
    "MadeAdmin",
    "NewTwoFactor",
    "OidcLinkView",
    "OidcProviderView",
    "PasswordChanged",
    "PasswordForgotten",
    "Readers",
    "RecoveryCodes",
    "RegistrationRepeated",
    "SecurityChanged",
    "SessionView",
    "Sessions",
    "TokenPair",
    "TokenView",
    "TwoFactor",
    "TwoFactorView",
    "UserCard",
    "UserChanged",
    "UserErased",
    "UserRegistered",
    "UserView",
    "Users",
    "VerificationAsked",
]


class UserView(msgspec.Struct, kw_only=True):
    id: UUID
    email: str
    username: str | None
    phone: str | None
    first_name: str
    last_name: str
    date_of_birth: date | None
    email_verified: bool
    phone_verified: bool
    platform_admin: bool
    preferences: Preferences
    created_at: datetime
    last_sign_in_at: datetime | None
    avatar_url: str | None = None
    version: int


class MadeAdmin(msgspec.Struct, kw_only=True):
    """`taken_over`: the account was somebody's already, and what opened it before opens it no more."""

    user: UserView
    taken_over: bool = False


class TokenPair(msgspec.Struct, kw_only=True):
    """`expires_in` is the access token's life in seconds; the refresh token is good for one use."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750), not a secret
    expires_in: int


class TokenView(msgspec.Struct, kw_only=True):
    """What a good access token proves."""

    active: bool
    user_id: UUID
    session_id: UUID
    expires_at: datetime


class Accepted(msgspec.Struct, kw_only=True):
    """The same for every address."""

    message: str = "If the address is good for it, a mail is on its way."


class Challenge(msgspec.Struct, kw_only=True):
    """A code is on its way if the address is good for it; `challenge_id` goes with it when it is used."""

    challenge_id: UUID
    expires_in: int


class CodeView(msgspec.Struct, kw_only=True):
    """What a right code did. `reset_token` is for `POST /auth/password/reset`."""

    purpose: str
    target: str
    verified: bool
    reset_token: str | UnsetType = UNSET


class SessionView(msgspec.Struct, kw_only=True):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    current: bool


class Caller(msgspec.Struct, frozen=True):
    """What an access token proves, checked against the live session."""

    user_id: UUID
    session_id: UUID
    platform_admin: bool


class Sessions(Protocol):
    """For the edge: turns an access token into a caller."""

    async def caller(self, token: str, *, fresh: bool = False) -> Caller:
        """Raises Unauthenticated for a token that is malformed, expired, or whose session has ended.

        A session that ended in the last two seconds may still be believed, but not where `fresh` is asked.
        """
        ...

    async def recent(self, *, session_id: UUID) -> bool:
        """Whether the user proved who they are in this session within the last 15 minutes, and it lives."""
        ...


@runtime_checkable  # Litestar looks at what it hands to a route
class ConsoleSessions(Protocol):
    """For pages: sessions that a browser's cookie holds the key of, listed and ended like any other."""

    async def sign_in(
        self, *, identifier: str, password: str, client: Client, totp_code: str | None = None
    ) -> str:
        """The key of a new session: good for 12 hours, while it is used every 30 minutes.

        Refuses as signing in for tokens does, and counts with it.
        """
        ...

    async def caller(self, key: str) -> Caller | None:
        """None for a key that is none, or not any more."""
        ...

    async def sign_out(self, key: str) -> None: ...


class UserCard(msgspec.Struct, frozen=True, kw_only=True):
    """What other modules keep a copy of; `UserChanged` brings the next version."""

    id: UUID
    email: str
    name: str
    version: int
    email_verified: bool = False


class Users(Protocol):
    """Who a user is, for the other modules."""

    async def card(self, user_id: UUID) -> UserCard:
        """Raises NotFound for a user outside the unit of work's scope."""
        ...


class Administrators(Protocol):
    """Who looks after the platform, for letters about what needs somebody."""

    async def administrators(self) -> Sequence[UserCard]:
        """Those who may sign in and have proved their address, the oldest first; 50 at most."""
        ...


class Readers(Protocol):
    """What those wish who are written to, asked outside any unit of work: of what is committed."""

    async def wishes(self, email: str) -> Preferences | None:
        """Of the account that has the address, proved or not; None where none has it."""
        ...


class LiveUsers(Protocol):
    """How somebody's account stands, asked outside any unit of work: of what is committed."""

    async def lives(self, user_id: UUID) -> bool:
        """Neither disabled nor deleted."""
        ...

    async def proved(self, user_id: UUID) -> bool:
        """Whether the e-mail address is verified."""
        ...


class OidcProviderView(msgspec.Struct, kw_only=True):
    """`url` is where a browser has to go to sign in."""

    name: Annotated[str, Meta(examples=["google"])]
    issuer: Annotated[str, Meta(examples=["https://accounts.google.com"])]
    url: Annotated[str, Meta(examples=["https://shop.example/api/v1/auth/oidc/google"])]


class OidcLinkView(msgspec.Struct, kw_only=True):
    """`provider` is null where the issuer is no longer set up."""

    id: UUID
    provider: Annotated[str | None, Meta(examples=["google"])]
    issuer: Annotated[str, Meta(examples=["https://accounts.google.com"])]
    created_at: datetime
    last_used_at: datetime


class AddressView(msgspec.Struct, kw_only=True):
    """`country` is ISO 3166-1 alpha-2, `phone` E.164."""

    id: UUID
    name: str
    company: str
    lines: list[str]
    city: str
    region: str
    postal_code: str
    country: str
    phone: str | None
    default_shipping: bool
    default_billing: bool
    created_at: datetime
    updated_at: datetime
    version: int


class AddressBook(Protocol):
    """A user's own addresses, for whoever ships to them."""

    async def address(self, *, user_id: UUID, address_id: UUID) -> AddressView:
        """Raises NotFound, also for another's."""
        ...


class TwoFactorView(msgspec.Struct, kw_only=True):
    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int


class NewTwoFactor(msgspec.Struct, kw_only=True):
    """`qr_svg` is `otpauth_uri` as a picture for authenticator apps; `secret` is for typing."""

    secret: str
    otpauth_uri: str
    qr_svg: str


class RecoveryCodes(msgspec.Struct, kw_only=True):
    """Each stands in for one code of the app, once. They are shown here and never again."""

    recovery_codes: list[str]


class TwoFactor(Protocol):
    """For the edge, where the deployment wants administrators to have a second factor."""

    async def is_on(self, *, user_id: UUID) -> bool: ...


class AdminUserView(msgspec.Struct, kw_only=True):
    """An account as the platform's administrators see it."""

    id: UUID
    email: str
    username: str | None
    phone: str | None
    first_name: str
    last_name: str
    email_verified: bool
    phone_verified: bool
    platform_admin: bool
    disabled: bool
    two_factor: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    deleted_at: datetime | None
    erased_at: datetime | None
    version: int


class DeletedView(msgspec.Struct, kw_only=True):
    """A deleted record that can be restored until `erased_after`."""

    kind: str
    id: UUID
    label: str
    deleted_at: datetime
    erased_after: datetime


class ExportView(msgspec.Struct, kw_only=True):
    """Everything kept about a user, by table; secrets are left out."""

    user_id: UUID
    created_at: datetime
    tables: dict[str, list[msgspec.Raw]]

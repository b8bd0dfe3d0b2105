"""What happens to accounts, for their owners' letters and for those who keep copies."""

from typing import ClassVar
from uuid import UUID

from shoplytics.kernel.events import Event


class UserRegistered(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "identity.user-registered"

    user_id: UUID
    email: str


class RegistrationRepeated(Event, frozen=True, kw_only=True):
    """Someone tried to register an address that has an account; only its owner may be told, by mail."""

    type: ClassVar[str] = "identity.registration-repeated"

    user_id: UUID
    email: str


class VerificationAsked(Event, frozen=True, kw_only=True):
    """Somebody asked for another verification mail; whether the address has an account shows later."""

    type: ClassVar[str] = "identity.verification-asked"

    email: str


class PasswordForgotten(Event, frozen=True, kw_only=True):
    """Somebody asked for a reset mail; whether the address has an account shows later."""

    type: ClassVar[str] = "identity.password-forgotten"

    email: str


class CodeAsked(Event, frozen=True, kw_only=True):
    """Its id is the challenge. `user_id` is who asked, where they were signed in."""

    type: ClassVar[str] = "identity.code-asked"

    purpose: str
    target: str
    user_id: UUID | None = None


class EmailChangeAsked(Event, frozen=True, kw_only=True):
    """Its id is the challenge; `email` is the address to be."""

    type: ClassVar[str] = "identity.email-change-asked"

    user_id: UUID
    email: str


class PasswordChanged(Event, frozen=True, kw_only=True):
    """By its owner or by whoever held a reset link; `device` is the user agent."""

    type: ClassVar[str] = "identity.password-changed"

    user_id: UUID
    device: str


class SecurityChanged(Event, frozen=True, kw_only=True):
    """`what`, of the ways in to an account.

    two_factor_on, two_factor_off, phone_changed, phone_verified, or provider_linked, whose name is `detail`.
    """

    type: ClassVar[str] = "identity.security-changed"

    user_id: UUID
    what: str
    detail: str = ""
    device: str = ""


class AccountClosed(Event, frozen=True, kw_only=True):
    """By its owner, who is nobody any more when this is read: it brings what a letter to them needs.

    `name` is empty where the address was not proved.
    """

    type: ClassVar[str] = "identity.account-closed"

    user_id: UUID
    email: str
    name: str
    locale: str
    device: str


class EmailChanged(Event, frozen=True, kw_only=True):
    """Comes with a UserChanged; this one knows the former address."""

    type: ClassVar[str] = "identity.email-changed"

    user_id: UUID
    former: str
    email: str
    device: str


class UserChanged(Event, frozen=True, kw_only=True):
    """Name or e-mail address changed; `version` grows, an older one must not win."""

    type: ClassVar[str] = "identity.user-changed"

    user_id: UUID
    version: int
    email: str
    name: str


class AvatarDropped(Event, frozen=True, kw_only=True):
    """A picture that nobody shows any more; a worker removes it."""

    type: ClassVar[str] = "identity.avatar-dropped"

    key: str


class UserErased(Event, frozen=True, kw_only=True):
    """Nothing personal is left in identity. Others overwrite their copies; books keep the id.

    `email` and `phone` are the former ones, to find copies by, where the user had proved them: what is kept
    under any other address may be somebody else's. `pseudonym` stands in the address's place.
    """

    type: ClassVar[str] = "identity.user-erased"

    user_id: UUID
    pseudonym: str
    email: str | None = None
    phone: str | None = None

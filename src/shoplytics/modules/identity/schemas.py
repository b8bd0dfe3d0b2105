"""What identity's routes accept."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.patterns import END, ONE_LINE
from shoplytics.kernel.preferences import Locale, MailKind
from shoplytics.modules.identity.domain.addresses import checked_country, needed, needed_lines
from shoplytics.modules.identity.domain.identifiers import checked_username, normal_phone

Email = Annotated[str, Meta(max_length=254, examples=["ada@example.com"])]
Password = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1024,
        description="12 to 128 characters, hard to guess.",
        examples=["seven grey herons on a wire"],
    ),
]
Name = Annotated[str, Meta(max_length=100)]
Phone = Annotated[str, Meta(max_length=32, examples=["+442079460958"])]
Username = Annotated[str, Meta(max_length=32, examples=["ada"])]
TotpCode = Annotated[str, Meta(min_length=6, max_length=64, examples=["492816"])]
Target = Annotated[str, Meta(min_length=1, max_length=254, examples=["ada@example.com"])]
CodePurpose = Literal["login", "register", "verify_email", "verify_phone", "reset_password"]
CodeText = Annotated[str, Meta(pattern="^[0-9]{6}" + END, examples=["204816"], description="Six digits.")]
Secret = Annotated[
    str, Meta(min_length=1, max_length=2048, examples=["Wd0Wm2z0i6nS8H1o3rJx8kq5Jt4cP7vXyB9aE2fUuLg"])
]


CheckOf: TypeAlias = Mapping[str, Callable[[Any], object]]
"""What the service checks of single fields, said along with what keeps the form from being read."""


class Registration(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    checks: ClassVar[CheckOf] = {
        "email": normal_email,
        "phone": normal_phone,
        "username": checked_username,
    }

    email: Email
    password: Password
    confirm_password: Password | None = None
    first_name: Name = ""
    last_name: Name = ""
    phone: Phone | None = None
    username: Username | None = None
    date_of_birth: date | None = None


class SignIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`identifier` is an e-mail address, a username or a verified phone number with its country code.

    `totp_code` is asked for (401 `totp_required`) where two-factor sign-in is on.
    """

    identifier: Annotated[str, Meta(min_length=1, max_length=254, examples=["ada@example.com"])]
    password: Password
    totp_code: TotpCode | None = None


class LogOut(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`everywhere` ends every session of the user."""

    everywhere: bool = False


class Refresh(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    refresh_token: Secret


class TokenToVerify(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    token: Secret


class ForgottenPassword(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    email: Email


class PasswordReset(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`token` is the one in the mailed link, or the `reset_token` of a code."""

    token: Secret
    password: Password


class PasswordChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    current_password: Password
    new_password: Password


class Reauthentication(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    password: Password
    totp_code: TotpCode | None = None


class EmailToVerify(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`token` is the one in the mailed link."""

    token: Secret


class VerificationResend(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    email: Email


class EmailChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`email` is the address to be, `password` the present one."""

    email: Email
    password: Password


class EmailChangeCode(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    challenge_id: UUID
    code: CodeText


class CodeRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`target` is an e-mail address, or a phone number with its country code."""

    target: Target
    purpose: CodePurpose


class CodeToVerify(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`challenge_id`, `target` and `purpose` as they were when the code was asked for.

    `new_password` goes with `reset_password`; `totp_code` with `login` and `register`, for accounts with
    two-factor sign-in.
    """

    challenge_id: UUID
    target: Target
    purpose: CodePurpose
    code: CodeText
    new_password: Password | None = None
    totp_code: TotpCode | None = None


class SetUp(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`token` is the one printed at the first start."""

    token: Secret
    email: Email
    password: Password


class PreferencesChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`mails` turns kinds on and off; kinds that are not named stay as they are."""

    locale: Locale | UnsetType = UNSET
    mails: dict[MailKind, bool] | UnsetType = UNSET


class ProfileChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Null clears a field that may be empty."""

    checks: ClassVar[CheckOf] = {"phone": normal_phone, "username": checked_username}

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    username: Username | UnsetType | None = UNSET
    date_of_birth: date | UnsetType | None = UNSET
    preferences: PreferencesChange | UnsetType = UNSET


Line = Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE)]
Lines = Annotated[list[Line], Meta(min_length=1, max_length=4, examples=[["12 St James's Square"]])]
City = Annotated[str, Meta(min_length=1, max_length=100, pattern=ONE_LINE, examples=["London"])]
Person = Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE, examples=["Ada Lovelace"])]
Short = Annotated[str, Meta(max_length=120, pattern=ONE_LINE)]
PostalCode = Annotated[str, Meta(max_length=20, pattern=ONE_LINE, examples=["SW1Y 4JH"])]
Country = Annotated[str, Meta(min_length=2, max_length=2, examples=["GB"])]


ADDRESS_CHECKS: CheckOf = {
    "name": lambda text: needed(text, "/name"),
    "city": lambda text: needed(text, "/city"),
    "lines": needed_lines,
    "country": checked_country,
    "phone": normal_phone,
}


class NewAddress(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`country` is ISO 3166-1 alpha-2, `phone` has its country code."""

    checks: ClassVar[CheckOf] = ADDRESS_CHECKS

    name: Person
    lines: Lines
    city: City
    country: Country
    company: Short = ""
    region: Short = ""
    postal_code: PostalCode = ""
    phone: Phone | None = None
    default_shipping: bool = False
    default_billing: bool = False


class AddressChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Null takes the phone number away."""

    checks: ClassVar[CheckOf] = ADDRESS_CHECKS

    name: Person | UnsetType = UNSET
    lines: Lines | UnsetType = UNSET
    city: City | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    company: Short | UnsetType = UNSET
    region: Short | UnsetType = UNSET
    postal_code: PostalCode | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    default_shipping: bool | UnsetType = UNSET
    default_billing: bool | UnsetType = UNSET


class PasswordOnly(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    password: Password


class TotpConfirmation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`code` is what the authenticator app shows."""

    code: TotpCode


class PasswordAndCode(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`totp_code` may be a recovery code."""

    password: Password
    totp_code: TotpCode


class OidcSecondFactor(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`second_factor_token` came with the callback's 401 `totp_required`."""

    second_factor_token: Secret
    totp_code: TotpCode


class Erasure(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`totp_code` where two-factor sign-in is on."""

    password: Password
    totp_code: TotpCode | None = None


class UserRights(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What administrators set of somebody's account."""

    disabled: bool | UnsetType = UNSET
    platform_admin: bool | UnsetType = UNSET

"""What identity has to say to people. Links begin with our public address."""

from datetime import datetime
from typing import ClassVar

from shoplytics.kernel.letters import Letter


class Welcome(Letter, frozen=True, kw_only=True):
    """To a new account; the link proves the address."""

    template: ClassVar[str] = "welcome"

    name: str
    link: str
    hours: int


class VerifyEmail(Letter, frozen=True, kw_only=True):
    template: ClassVar[str] = "verify_email"

    name: str
    link: str
    hours: int


class Code(Letter, frozen=True, kw_only=True):
    """By mail or text message. `purpose` is one of domain/codes.py."""

    template: ClassVar[str] = "code"

    digits: str
    purpose: str
    minutes: int


class ResetPassword(Letter, frozen=True, kw_only=True):
    template: ClassVar[str] = "reset_password"

    name: str
    link: str
    minutes: int


class PasswordChanged(Letter, frozen=True, kw_only=True):
    """A notice, so that the owner hears of it when it was somebody else."""

    template: ClassVar[str] = "password_changed"

    name: str
    when: datetime
    device: str
    link: str


class SecurityChanged(Letter, frozen=True, kw_only=True):
    """A notice like PasswordChanged; `what` and `detail` are the event's."""

    template: ClassVar[str] = "security_changed"

    name: str
    what: str
    detail: str
    when: datetime
    device: str
    link: str


class AccountClosed(Letter, frozen=True, kw_only=True):
    """To the owner, who may not have closed it; `days` is for how long it can come back."""

    template: ClassVar[str] = "account_closed"

    name: str
    when: datetime
    device: str
    days: int


class EmailChanged(Letter, frozen=True, kw_only=True):
    """To the former address."""

    template: ClassVar[str] = "email_changed"

    name: str
    new_email: str
    when: datetime
    device: str


class AddressTaken(Letter, frozen=True, kw_only=True):
    """To whoever owns an address that somebody tried to register or to change theirs to."""

    template: ClassVar[str] = "address_taken"

    name: str
    when: datetime
    link: str

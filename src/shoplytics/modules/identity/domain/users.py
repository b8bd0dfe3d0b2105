"""A user, and what may happen to one."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from shoplytics.kernel.errors import Stale
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.preferences import Preferences


@dataclass(kw_only=True, eq=False)
class User:
    """`version` is the one that was read; saving raises it."""

    email: str
    password_hash: str | None = None
    username: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    preferences: Preferences = field(default_factory=Preferences)
    avatar_key: str | None = None
    platform_admin: bool = False
    token_epoch: int = 0
    email_verified_at: datetime | None = None
    phone_verified_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    disabled_at: datetime | None = None
    version: int = 1
    created_at: datetime
    id: UUID = field(default_factory=new_id)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def expect(self, version: int | None) -> None:
        """Raises Stale when the caller read another version."""
        if version is not None and version != self.version:
            raise Stale

    def set_phone(self, phone: str | None) -> None:
        """A new number has to be verified anew."""
        if phone != self.phone:
            self.phone, self.phone_verified_at = phone, None

    def verify_email(self, now: datetime) -> None:
        self.email_verified_at = self.email_verified_at or now

    def verify_phone(self, now: datetime) -> None:
        self.phone_verified_at = self.phone_verified_at or now

    def change_email(self, email: str, now: datetime) -> None:
        """To an address that has just been proved."""
        self.email, self.email_verified_at = email, now

    def set_password(self, password_hash: str) -> None:
        """Every session ends."""
        self.password_hash = password_hash
        self.token_epoch += 1

    def disown(self) -> None:
        """What opened the account opens it no more, and every session ends: a stranger may have set it all.

        See WaysIn in ../ports/__init__.py for what is kept beside the user.
        """
        self.phone = self.phone_verified_at = self.password_hash = None
        self.token_epoch += 1

    def make_admin(self, *, password_hash: str, now: datetime) -> None:
        """Hands the account to whoever runs the platform: nothing of whoever registered it stays good."""
        self.disown()
        self.disabled_at = None
        self.password_hash = password_hash
        self.platform_admin = True
        self.verify_email(now)

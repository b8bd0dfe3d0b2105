"""A store and its rules."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from slugify import slugify

from shoplytics.kernel.clock import is_timezone
from shoplytics.kernel.errors import Conflict, Stale, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import InvalidMoney, exponent

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 60
NAMELESS = "store"


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "Another store has this slug."


class ImmutableSetting(Conflict):
    code = "immutable_setting"
    message = "A store's currency and time zone are fixed: its numbers are kept in them."


class HeldByPlatform(Conflict):
    code = "held_by_platform"
    message = "The platform's administrators hold this store back; ask them."


def checked_timezone(name: str) -> str:
    """An IANA name, for example Africa/Lagos. Raises Invalid."""
    if not is_timezone(name):
        raise invalid_field("/timezone", "unknown_timezone", "Use an IANA name, for example Europe/London.")
    return name


def checked_currency(code: str) -> str:
    """An ISO 4217 code. Raises Invalid."""
    try:
        exponent(code)
    except InvalidMoney as error:
        raise invalid_field("/currency", error.code, str(error)) from None
    return code


def checked_slug(slug: str) -> str:
    """Lower-case words of a-z and 0-9 joined by single dashes. Raises Invalid."""
    if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug):
        raise invalid_field(
            "/slug", "invalid_slug", "Lower-case letters and digits, joined by single dashes."
        )
    return slug


def checked_name(name: str) -> str:
    """Trimmed, blanks made single. Raises Invalid for nothing but blanks."""
    plain = " ".join(name.split())
    if not plain:
        raise invalid_field("/name", "required", "Give the store a name.")
    return plain


def slug_of(name: str) -> str:
    """From any script, as near as Latin letters come; `store` when nothing is left."""
    return slugify(name, max_length=LONGEST_SLUG - 8, word_boundary=True) or NAMELESS


@dataclass(kw_only=True, eq=False)
class Store:
    """`version` is the one that was read; saving raises it."""

    owner_id: UUID
    name: str
    slug: str
    currency: str
    timezone: str
    low_stock_threshold: int
    created_at: datetime
    updated_at: datetime
    description: str = ""
    active: bool = True
    held: bool = False
    address: dict[str, str] | None = None
    logo_key: str | None = None
    deleted_at: datetime | None = None
    version: int = 1
    id: UUID = field(default_factory=new_id)

    def expect(self, version: int | None) -> None:
        """Raises Stale when the caller read another version."""
        if version is not None and version != self.version:
            raise Stale

    def open(self, active: bool) -> None:
        """Raises HeldByPlatform for opening a store that the platform holds back."""
        if active and not self.active and self.held:
            raise HeldByPlatform
        self.active = active

    def keep(self, *, currency: str, timezone: str) -> None:
        """Raises ImmutableSetting for another currency or time zone than the store's."""
        if (currency, timezone) != (self.currency, self.timezone):
            raise ImmutableSetting

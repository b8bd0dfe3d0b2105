"""An address in a user's book."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.countries import COUNTRIES
from shoplytics.kernel.errors import Conflict, FieldError, Invalid, Stale, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.identifiers import plain_name

MOST_ADDRESSES = 100


class TooManyAddresses(Conflict):
    code = "too_many_addresses"
    message = f"An address book holds {MOST_ADDRESSES} addresses."


def checked_country(code: str) -> str:
    """ISO 3166-1 alpha-2, in capitals. Raises Invalid."""
    if code.upper() not in COUNTRIES:
        raise invalid_field("/country", "unknown_country", "Use an ISO 3166-1 code of two letters, like GB.")
    return code.upper()


def needed(text: str, pointer: str) -> str:
    """One line that is not empty. Raises Invalid."""
    line = plain_name(text)
    if not line:
        raise invalid_field(pointer, "required", "This may not be empty.")
    return line


def needed_lines(lines: Sequence[str]) -> list[str]:
    """Raises Invalid with every line that is empty."""
    kept: list[str] = []
    errors: list[FieldError] = []
    for number, line in enumerate(lines):
        try:
            kept.append(needed(line, f"/lines/{number}"))
        except Invalid as refusal:
            errors += refusal.errors
    if errors:
        raise Invalid(errors=errors)
    return kept


@dataclass(kw_only=True, eq=False)
class Address:
    """`version` is the one that was read; saving raises it."""

    user_id: UUID
    name: str
    company: str = ""
    lines: list[str]
    city: str
    region: str = ""
    postal_code: str = ""
    country: str
    phone: str | None = None
    default_shipping: bool = False
    default_billing: bool = False
    created_at: datetime
    updated_at: datetime
    version: int = 1
    id: UUID = field(default_factory=new_id)

    def expect(self, version: int | None) -> None:
        """Raises Stale when the caller read another version."""
        if version is not None and version != self.version:
            raise Stale

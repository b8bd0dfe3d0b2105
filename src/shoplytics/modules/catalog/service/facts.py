"""What a list was asked of attributes: `color:red`, `weight:1..5`, `made:2026-01-01..`."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import invalid_field
from shoplytics.modules.catalog.domain import plain_number

SEPARATOR = "\x1f"
MAX_FACT = 1_100


class Facts(msgspec.Struct, frozen=True):
    """See ProductFilter."""

    all: tuple[str, ...] | None
    any: tuple[str, ...] | None
    ranges: str | None


class _Range(msgspec.Struct, frozen=True):
    code: str
    low: str | None
    high: str | None
    dates: bool
    written: str


def facts_of(asked: Sequence[str]) -> Facts:
    """Raises Invalid for what is no pair of code and value."""
    values: dict[str, list[str]] = {}
    ranges: list[_Range] = []
    for text in asked:
        code, colon, value = text.partition(":")
        if not colon or not code or not value or len(text) > MAX_FACT or SEPARATOR in text:
            raise invalid_field("?attribute", "invalid_format", "Give code:value or code:low..high.")
        found = _range(code, value)
        if found is None:
            values.setdefault(code, []).extend(_forms(code, value))
        else:
            ranges.append(found)
    values = {code: list(dict.fromkeys(facts)) for code, facts in values.items()}
    single = tuple(facts[0] for facts in values.values() if len(facts) == 1)
    several = tuple(SEPARATOR.join(facts) for facts in values.values() if len(facts) > 1)
    return Facts(single or None, several or None, to_json(ranges).decode() if ranges else None)


def _forms(code: str, value: str) -> tuple[str, ...]:
    """As it is written, and a number as it is kept, too: the kind of the attribute is not known here."""
    if not _is_number(value):
        return (f"{code}:{value}",)
    kept = format(Decimal(repr(plain_number(float(value)))), "f")
    return f"{code}:{value}", f"{code}:{kept}"


def _range(code: str, value: str) -> _Range | None:
    """None for a text that only looks like one. Raises Invalid for one that ends before it begins."""
    low, dots, high = value.partition("..")
    ends = [end for end in (low, high) if end]
    if not dots or not ends:
        return None
    numbers = all(_is_number(end) for end in ends)
    if not numbers and not all(_is_date(end) for end in ends):
        return None
    if low and high and (Decimal(low) > Decimal(high) if numbers else low > high):
        raise invalid_field("?attribute", "out_of_range", "A range ends where it begins, or after it.")
    return _Range(code, low or None, high or None, not numbers, f"{code}:{value}")


def _is_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return text.isascii() and "_" not in text and number.is_finite() and abs(number.adjusted()) <= 15  # noqa: PLR2004


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

"""What a report is asked with, and its form as a table."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money
from shoplytics.ports.analytics import Compare, Interval


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive local days; without them the last 30. `timezone` is the store's own unless given."""

    store_id: UUID
    first: date | None = None
    last: date | None = None
    interval: Interval = Interval.DAY
    compare: Compare = Compare.PREVIOUS
    timezone: str | None = None


CSV_TYPE = "text/csv"
SKIPPED = {"definitions", "compared_to", "as_of"}  # said once in the JSON twin, not on every line
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")


def to_csv(rows: Sequence[msgspec.Struct]) -> bytes:
    """One line a row, money as `<field>` and `<field>_currency` beside it; nothing for no rows.

    A text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP ASVS 1.2.10).
    """
    cells = [dict(_cells("", row)) for row in rows]
    out = io.StringIO()
    writer = csv.writer(out)
    if cells:
        writer.writerow(cells[0])
    writer.writerows([list(row.values()) for row in cells])
    return out.getvalue().encode()


def _cells(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Money):
        yield name, value.amount
        yield f"{name}_currency", value.currency
    elif isinstance(value, msgspec.Struct):
        prefix = f"{name}_" if name else ""
        for info in msgspec.structs.fields(value):
            if info.name not in SKIPPED:
                yield from _cells(f"{prefix}{info.encode_name}", getattr(value, info.name))
    elif isinstance(value, str):
        yield name, f"'{value}" if value.startswith(_DANGEROUS) else value
    else:
        yield name, _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Cells of an uploaded CSV row, read strictly; what is wrong with them gathers as row errors."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from shoplytics.kernel.csv_cells import unguarded
from shoplytics.kernel.csv_rows import CsvRow
from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.money import minor_of
from shoplytics.ports.jobs import RowError

T = TypeVar("T")

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MAX_TEXT = 255
MAX_EMAIL = 254

EMAIL = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


@lru_cache(maxsize=4096)
def moment_of(text: str) -> datetime | None:
    """An instant with its offset, or None for anything else: `2026-01-31 08:26:00 +0000` and ISO 8601."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


class Cells:
    """One row by column name. A method answers its default for a bad cell, and adds to `errors`."""

    __slots__ = ("_now", "_places", "errors", "row")

    def __init__(self, places: Mapping[str, int], *, now: datetime, errors: list[RowError]) -> None:
        self._places = places
        self._now = now
        self.errors = errors
        self.row: CsvRow

    def at(self, row: CsvRow) -> "Cells":
        self.row = row
        return self

    def refuse(self, code: str, message: str) -> None:
        self.errors.append(RowError(line=self.row.line, code=code, message=message, row=self.row.text))

    def raw(self, column: str) -> str:
        return self.row.values[self._places[column]].strip()

    def text(self, column: str, *, limit: int = MAX_TEXT) -> str:
        """The text as it was before an export guarded it against spreadsheets."""
        found = unguarded(self.raw(column))
        if len(found) > limit:
            self.refuse("too_long", f"{column} is longer than {limit} characters.")
            return ""
        return found

    def needed(self, column: str) -> str:
        if not self.raw(column):
            self.refuse("missing_value", f"{column} is empty.")
        return self.text(column)

    def amount(self, column: str, currency: str, *, default: int | None = 0) -> int:
        """Minor units; an empty cell is `default`, or refused where that is None."""
        found = self.raw(column)
        if not found:
            if default is None:
                self.refuse("missing_value", f"{column} is empty.")
            return default or 0
        try:
            minor = minor_of(found, currency)
        except Invalid:
            minor = -1
        if minor < 0:
            self.refuse("invalid_amount", f"{column} is not an amount of {currency} from 0 up, like 19.99.")
            return 0
        return minor

    def whole(self, column: str, *, most: int) -> int:
        found = self.raw(column)
        if not (found.isascii() and found.isdigit()) or len(found) > len(str(most)) or int(found) > most:
            self.refuse("invalid_number", f"{column} is not a whole number from 0 to {most}.")
            return 0
        return int(found)

    def moment(self, column: str) -> datetime | None:
        found = self.raw(column)
        if not found:
            return None
        moment = moment_of(found)
        if moment is None:
            self.refuse("invalid_date", f"{column} is not a time like 2026-01-31 08:26:00 +0000.")
        elif not OLDEST <= moment <= self._now + AHEAD:
            self.refuse("date_out_of_range", f"{column} is before {OLDEST.year} or in the future.")
            return None
        return moment

    def word(self, column: str, words: Mapping[str, T], default: T) -> T:
        found = self.raw(column)
        if not found:
            return default
        meaning = words.get(found.lower().replace(" ", "_"))
        if meaning is None:
            self.refuse("unknown_status", f"{column} {found[:40]!r} is none of {', '.join(words)}.")
            return default
        return meaning

    def flag(self, column: str, *, default: bool) -> bool:
        found = self.raw(column).lower()
        return default if not found else found in ("true", "yes", "1")

    def email(self, column: str) -> str | None:
        found = self.text(column).lower()
        if found and (len(found) > MAX_EMAIL or not EMAIL.fullmatch(found)):
            self.refuse("invalid_email", f"{column} is not an e-mail address.")
            return None
        return found or None

    def listed(self, column: str) -> list[str]:
        """Comma-separated words, without empty ones and repeats."""
        return list(
            dict.fromkeys(part.strip() for part in self.text(column, limit=5000).split(",") if part.strip())
        )


def row_errors(row: CsvRow) -> Sequence[RowError]:
    """What the reader of the file already knew about the row."""
    if row.error is None:
        return ()
    return [RowError(line=row.line, code=row.error.code, message=row.error.message, row=row.text)]

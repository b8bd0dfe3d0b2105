"""Cells of a CSV that people open in a spreadsheet: guarded on the way out, as they were on the way in."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RISKY = re.compile("'*[=+\\-@\t\r\0]")
_PHONE = re.compile(r"\+[0-9]{6,15}", re.ASCII)
_GUARDED = re.compile("'+[=+\\-@\t\r\0]")


def guarded(cell: str) -> str:
    """With a leading apostrophe where a spreadsheet would calculate (OWASP ASVS 5.0, 1.2.10).

    A phone number, as E.164 writes it, is no formula and stays as it is. A cell that looks guarded already
    gets one more, so that `unguarded` gives back any text.
    """
    return f"'{cell}" if _RISKY.match(cell) and not _PHONE.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell


def csv_text(rows: Iterable[Sequence[str]]) -> bytes:
    """Guarded rows with CRLF at their ends (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()

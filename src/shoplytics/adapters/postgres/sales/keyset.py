"""Lists in pages by (sort key, id), both directions, from one description."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from asyncpg import Record

from shoplytics.kernel.errors import invalid_field
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.sales.ports import PageOf

T = TypeVar("T")

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
ENDS = {"timestamptz": ("-infinity", "infinity"), "bigint": (str(-(2**63)), str(2**63 - 1))}


class Keyset:
    """`select` ends in its conditions and uses parameters below `first`; three more follow: key, id, limit.

    `ordered` is the expression of the index where `column` itself may be null.
    """

    def __init__(self, select: str, column: str, kind: str, *, first: int, ordered: str = "") -> None:
        self._column = column
        self._kind = kind
        key = ordered or column
        self._sql = {
            down: f"{select} and ({key}, id) {sign} (${first}::text::{kind}, ${first + 1}::uuid)"
            f" order by {key}{way}, id{way} limit ${first + 2}"
            for down, sign, way in ((False, ">", ""), (True, "<", " desc"))
        }

    @staticmethod
    def named(sorts: Mapping[str, "Keyset"], sort: str) -> "Keyset":
        """Raises Invalid, naming what there is."""
        found = sorts.get(sort.removeprefix("-"))
        if found is None:
            raise invalid_field("?sort", "invalid_sort", f"Sort by one of {', '.join(sorts)}, or -name.")
        return found

    def sql(self, sort: str) -> str:
        return self._sql[sort.startswith("-")]

    def start(self, page: PageOf) -> tuple[str, UUID]:
        """The key and id to go on from. Raises Invalid for a cursor that is not ours."""
        down = page.sort.startswith("-")
        cursor = decode_cursor(page.cursor, sort=page.sort, length=2)
        if cursor is None:
            return (ENDS[self._kind][down], HIGHEST if down else LOWEST)
        key, ident = cursor.keys
        try:
            return (ENDS[self._kind][0] if key is None else self._checked(str(key)), UUID(str(ident)))
        except ValueError:
            raise invalid_field(
                "?cursor", "invalid_cursor", "Pass next_cursor of a page as it was."
            ) from None

    def _checked(self, key: str) -> str:
        if self._kind == "bigint":
            return str(min(max(int(key), -(2**63)), 2**63 - 1))
        return datetime.fromisoformat(key).isoformat()

    def page(self, rows: Sequence[Record], page: PageOf, view: Callable[[Record], T]) -> Page[T]:
        shown = page_of(rows, page.limit, lambda row: encode_cursor(page.sort, row[self._column], row["id"]))
        return Page(items=[view(row) for row in shown.items], next_cursor=shown.next_cursor)

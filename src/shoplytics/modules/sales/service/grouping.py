"""Rows of an orders file, put together to orders.

The rows of one order follow each other, and only its first says what the whole order is worth. A `Name` that
stands again later is either the order once more (its first row has a Total), and then the last one counts, or
lines that went astray, and then nothing of that order can be trusted: `order_split`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shoplytics.kernel.csv_rows import CsvRow
from shoplytics.modules.sales.service.shopify_layout import READ

NAME = READ.index("Name")
ID = READ.index("Id")
TOTAL = READ.index("Total")


@dataclass(slots=True)
class Group:
    """The rows of one order, the unreadable ones among them included."""

    name: str
    ident: str
    rows: list[CsvRow] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.ident or self.name

    @property
    def line(self) -> int:
        return self.rows[0].line

    @property
    def begins_an_order(self) -> bool:
        return any(row.values and row.values[TOTAL].strip() for row in self.rows)

    def takes(self, row: CsvRow) -> bool:
        if row.error is not None:  # its text may still say whose it is
            return self.name != "" and any(part.strip(" \"'") == self.name for part in row.raw.split(","))
        ident = row.values[ID].strip()
        return row.values[NAME].strip() == self.name and (not ident or not self.ident or ident == self.ident)


class Grouper:
    """Takes rows as they come, and gives each order once the next one begins."""

    def __init__(self) -> None:
        self._open: Group | None = None

    def push(self, rows: Sequence[CsvRow]) -> list[Group]:
        complete: list[Group] = []
        group = self._open
        for row in rows:
            if group is None or not group.takes(row):
                if group is not None:
                    complete.append(group)
                name, ident = ("", "") if row.error else (row.values[NAME].strip(), row.values[ID].strip())
                group = Group(name, ident)
            group.rows.append(row)
        self._open = group
        return complete

    def finish(self) -> list[Group]:
        last, self._open = self._open, None
        return [last] if last is not None else []


class Survey:
    """What one look over the whole file tells: its rows, orders that stand twice, orders torn apart.

    It keeps a line number for every order of the file.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.replaced_by: dict[int, int] = {}
        self.split: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._named: dict[str, int] = {}

    def add(self, groups: Sequence[Group]) -> None:
        for group in groups:
            self.rows += len(group.rows)
            if not group.name:
                continue
            if group.begins_an_order:
                earlier = self._last.get(group.key)
                if earlier is not None:
                    self.replaced_by[earlier] = group.line
                self._last[group.key] = group.line
            elif group.name in self._named:
                self.split[group.name] = self._named[group.name]
            self._named.setdefault(group.name, group.line)

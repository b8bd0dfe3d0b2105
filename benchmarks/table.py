"""One line a figure, and how they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "ours", "floor", "ours/floor", "unit", "CPU us", "floor CPU", "SQL", "target", "")


@dataclass(frozen=True, kw_only=True)
class Row:
    """`cpu_us` and `sql` are for one request. `target` is in the unit, or a share of the floor."""

    figure: str
    ours: float
    unit: str
    floor: float | None = None
    cpu_us: float | None = None
    floor_cpu_us: float | None = None
    sql: float | None = None
    target: float | None = None
    target_is_share: bool = False
    less_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def verdict(self) -> str:
        """`ok` or `MISSED`; nothing without a target."""
        if self.target is None:
            return ""
        reached = (self.ratio or 0.0) if self.target_is_share else self.ours
        good = reached <= self.target if self.less_is_better else reached >= self.target
        return "ok" if good else "MISSED"

    @property
    def aim(self) -> str:
        if self.target is None:
            return ""
        sign = "<=" if self.less_is_better else ">="
        return f"{sign} {self.target:.0%}" if self.target_is_share else f"{sign} {_number(self.target)}"

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{self.ratio:.0%}"
        costs = (_number(self.cpu_us), _number(self.floor_cpu_us), _number(self.sql))
        end = " ".join(part for part in (self.verdict, self.note) if part)
        return (self.figure, _number(self.ours), _number(self.floor), ratio, self.unit, *costs, self.aim, end)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


def show(rows: Sequence[Row]) -> str:
    """A table for a terminal that is a Markdown table too."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    left = {0, 4, 9}

    def text(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if number in left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([text(HEADINGS), rule, *(text(row.cells()) for row in rows)])

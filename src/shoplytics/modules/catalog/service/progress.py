"""How far an import is."""

from enum import StrEnum

import msgspec


class Phase(StrEnum):
    SURVEY = "survey"
    APPLY = "apply"


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The job's cursor: `line` is the last one done in `phase`, `total` the rows the survey found."""

    phase: Phase = Phase.SURVEY
    line: int = 0
    rows: int = 0
    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    unmatched_categories: dict[str, int] = msgspec.field(default_factory=dict)
    unmatched_attributes: dict[str, int] = msgspec.field(default_factory=dict)

    def surveyed(self) -> "ImportProgress":
        """Ready for the second reading."""
        return msgspec.structs.replace(self, phase=Phase.APPLY, line=0, rows=0, total=self.rows)

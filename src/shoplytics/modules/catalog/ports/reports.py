"""What the reports of imports need from outside."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.catalog.domain import ImportChange
from shoplytics.ports.catalog import ImportChangeView


@dataclass(frozen=True, kw_only=True)
class ChangeSummary:
    """Offers by what changed, and those that changed the most, in proportion, first."""

    prices: int
    stocks: int
    largest_prices: list[ImportChangeView]
    largest_stocks: list[ImportChangeView]


class ReportRepository(Protocol):
    """In the unit of work of a job's last step."""

    async def summary(self, *, store_id: UUID, job_id: UUID, currency: str, shown: int) -> ChangeSummary: ...
    async def keep(
        self, *, store_id: UUID, job_id: UUID, source_id: UUID | None, currency: str, result: msgspec.Struct
    ) -> None:
        """Once a job; the same again changes nothing."""
        ...

    async def forget_old(self, *, before: datetime) -> None:
        """Reports and changes of jobs of any store that were started before."""
        ...


@dataclass(frozen=True, kw_only=True)
class ChangesPage:
    currency: str
    changes: Sequence[ImportChange]


class ReportPages(Protocol):
    """Outside any unit of work; `within` are the reader's stores."""

    async def exists(self, *, store_id: UUID, job_id: UUID, within: Sequence[UUID]) -> bool: ...
    def changes(self, *, store_id: UUID, job_id: UUID, within: Sequence[UUID]) -> AsyncIterator[ChangesPage]:
        """In the order of the file."""
        ...

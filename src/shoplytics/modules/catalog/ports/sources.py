"""What nightly imports need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from shoplytics.ports.catalog import ImportSourceView


@dataclass(frozen=True, kw_only=True)
class DueSource:
    store_id: UUID
    source_id: UUID
    created_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What a run has to know besides the view: the digest of what was imported last."""

    view: ImportSourceView
    digest: str | None
    created_by: UUID | None


class SourceRepository(Protocol):
    """Within one unit of work; deleted ones are not found."""

    async def add(self, source: ImportSourceView, *, store_id: UUID, created_by: UUID | None) -> None: ...
    async def count(self, store_id: UUID) -> int: ...
    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[ImportSourceView]:
        """The oldest first, each with its last run."""
        ...

    async def one(self, *, store_id: UUID, source_id: UUID) -> SourceState | None: ...
    async def save(
        self, source: ImportSourceView, *, store_id: UUID, version: int | None, now: datetime
    ) -> bool:
        """False when the version differs. Another place or format forgets what was imported last."""
        ...

    async def delete(self, *, store_id: UUID, source_id: UUID, now: datetime) -> bool: ...
    async def start_due(self, now: datetime) -> Sequence[DueSource]:
        """Those of open stores whose hour has come by the store's clock, marked as started that day.

        Whoever asks again on that day, or at the same time, is not given them.
        """
        ...

    async def started(self, *, store_id: UUID, source_id: UUID, job_id: UUID) -> None: ...
    async def imported(self, *, store_id: UUID, source_id: UUID, digest: str) -> None: ...
    async def tell_failure(self, *, store_id: UUID, source_id: UUID, day: date) -> bool:
        """Whether nobody was told of one on that day before; now they are."""
        ...

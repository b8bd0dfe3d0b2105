"""Long work a user can watch: a row in PostgreSQL, done by a worker in batches, resumable after any crash."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobProgress(msgspec.Struct, frozen=True):
    """`total` is null while it is unknown; the unit is the job's own (rows, for an import)."""

    done: int
    total: int | None


class JobError(msgspec.Struct, frozen=True):
    """Why a job failed, in a stable code and a sentence."""

    code: str
    message: str


class JobCancelled(Exception):
    """The user has cancelled the job; let it pass through, what is committed stays."""


class JobView(msgspec.Struct, kw_only=True):
    id: UUID
    kind: str
    status: JobStatus
    progress: JobProgress
    result: dict[str, object] | None
    error: JobError | None = None
    errors_url: str | None
    store_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


class JobAccepted(msgspec.Struct):
    job_id: UUID


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One refused row of an input: its 1-based line in the file, a stable code, a sentence, what it said."""

    line: int
    code: str
    message: str
    row: str = ""


class Jobs(Protocol):
    """Starts jobs in the present unit of work."""

    async def start(
        self, *, kind: str, payload: msgspec.Struct, store_id: UUID | None, user_id: UUID | None
    ) -> UUID:
        """The new job's id; a worker takes it after the commit."""
        ...


class LatestJobs(Jobs, Protocol):
    """For what only the last wish counts: whoever starts one calls the earlier ones off."""

    async def call_off(self, *, kind: str, store_id: UUID | None, user_id: UUID | None) -> None:
        """Cancel what is not over of this kind: of the store, else of the user."""
        ...

    async def called_off(self, job_id: UUID) -> bool:
        """Asked by the job under the lock of what it changes, since its batch began before that."""
        ...


class Batch(Protocol[S_co]):
    """One committed step of a job: whatever `service` does and the progress land together or not at all."""

    @property
    def service(self) -> S_co: ...
    async def progress(self, *, done: int, total: int | None, cursor: msgspec.Struct) -> None:
        """Remember how far the job is; after a crash it goes on from the last committed cursor."""
        ...

    async def reject(self, errors: Sequence[RowError]) -> None:
        """Add rows to the job's error file; the same line and code twice is kept once."""
        ...


class JobRun(Protocol[S_co]):
    """What a job's function gets. It may be called again after a crash, on another worker."""

    id: UUID
    store_id: UUID | None
    user_id: UUID | None

    def payload(self, kind: type[T]) -> T: ...
    def cursor(self, kind: type[T]) -> T | None:
        """Where the last committed batch left off, or None at the first run."""
        ...

    def batch(self) -> AbstractAsyncContextManager[Batch[S_co]]:
        """One unit of work. Raises JobCancelled at its start when the user has cancelled the job."""
        ...

    async def finish(self, result: msgspec.Struct) -> None:
        """Mark the job succeeded with its result; the last thing a job's function does."""
        ...

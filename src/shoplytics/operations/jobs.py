"""Long work as its user watches it: `/jobs/{id}`."""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

from litestar import Controller, get, post
from litestar.response import Stream

from shoplytics.kernel.access import STAFF
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.kernel.errors import Conflict, Forbidden, NotFound
from shoplytics.ports.jobs import JobView, RowError
from shoplytics.ports.tenancy import AuditLog

CSV_TYPE = "text/csv"
HEAD = ("line", "code", "message", "row")


class JobOver(Conflict):
    code = "job_over"
    message = "The job has already ended."


class ReadsJobs(Protocol):
    """See adapters/postgres/job_reader.py."""

    async def one(self, job_id: UUID, *, errors_url: str) -> JobView | None: ...
    def errors(self, job_id: UUID) -> AsyncIterator[list[RowError]]: ...


class StopsJobs(Protocol):
    """See adapters/postgres/jobs.py."""

    async def cancel(self, job_id: UUID) -> bool: ...


class JobsService:
    """`public_url` begins the links to error files."""

    def __init__(self, *, reader: ReadsJobs, stopper: StopsJobs, audit: AuditLog, public_url: str) -> None:
        self._reader = reader
        self._stopper = stopper
        self._audit = audit
        self._public_url = public_url.rstrip("/")

    async def one(self, *, job_id: UUID) -> JobView:
        """Raises NotFound, also for other people's jobs."""
        errors_url = f"{self._public_url}/api/v1/jobs/{job_id}/errors.csv"
        job = await self._reader.one(job_id, errors_url=errors_url)
        if job is None:
            raise NotFound
        return job

    async def cancel(self, *, job_id: UUID, actor: Actor) -> JobView:
        """What is committed stays. Raises JobOver, and Forbidden for those who may only read the store."""
        job = await self.one(job_id=job_id)
        if job.store_id is not None and actor.stores.get(job.store_id) not in STAFF:
            raise Forbidden
        if not await self._stopper.cancel(job_id):
            raise JobOver
        await self._audit.record(
            actor=actor, action="jobs.cancel", target=f"job:{job_id}", store_id=job.store_id
        )
        return await self.one(job_id=job_id)

    async def errors(self, *, job_id: UUID) -> AsyncIterator[bytes]:
        """CSV in chunks; cells a spreadsheet would run as a formula get an apostrophe (ASVS 1.2.10)."""
        await self.one(job_id=job_id)
        return self._csv(job_id)

    async def _csv(self, job_id: UUID) -> AsyncIterator[bytes]:
        yield csv_text([HEAD])
        async for rows in self._reader.errors(job_id):
            yield csv_text([(str(row.line), row.code, row.message, row.row) for row in rows])


class JobController(Controller):
    path = "/jobs"
    tags = ("Jobs",)

    @get("/{job_id:uuid}", permission="jobs:read")
    async def read(self, job_id: UUID, jobs: JobsService) -> JobView:
        """How far a job is. It shows `succeeded` only when every report already tells of it."""
        return await jobs.one(job_id=job_id)

    @post("/{job_id:uuid}/cancel", permission="jobs:cancel", status_code=200)
    async def cancel(self, job_id: UUID, jobs: JobsService, actor: Actor) -> JobView:
        """Stop before the next batch; batches already done stay."""
        return await jobs.cancel(job_id=job_id, actor=actor)

    @get("/{job_id:uuid}/errors.csv", permission="jobs:read", media_type=CSV_TYPE)
    async def errors(self, job_id: UUID, jobs: JobsService) -> Stream:
        """The refused rows: line, code, message and the row as it came."""
        chunks = await jobs.errors(job_id=job_id)
        name = {"content-disposition": f'attachment; filename="errors-{job_id}.csv"'}
        return Stream(chunks, media_type=CSV_TYPE, headers=name)

"""Running a job: batches that commit with their progress, and an end that waits for the job's events."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.jobs import Advance, JobState, PgJobState
from shoplytics.adapters.postgres.queue import Queue, Row
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.errors import ShopError, Unavailable
from shoplytics.kernel.module import Handler
from shoplytics.ports.jobs import Batch, JobCancelled, JobError, JobStatus, RowError

T = TypeVar("T")
WORN_OUT = JobError(
    code="job.crashed", message="The job stopped with an error again and again; an operator can see why."
)


class JobTask:
    """The task of one kind of job, bound to its module."""

    def __init__(self, infra: Infra, queue: Queue, *, module: str, function: Handler) -> None:
        self._infra = infra
        self._queue = queue
        self._module = module
        self._function = function

    async def run(self, row: Row) -> None:
        """Any exception but a refusal (ShopError) leaves here, and the job goes on from its cursor later."""
        job = await self._begin(row)
        if job is None:
            return
        if job.finished:
            await self._settle(row)
            return
        running = _Run(self._infra, self._queue, self._module, row, job)
        try:
            await self._function(running)
        except JobCancelled:
            await self._end(row, JobStatus.CANCELLED)
        except Unavailable:
            raise
        except ShopError as refusal:
            await self._end(row, JobStatus.FAILED, JobError(code=refusal.code, message=str(refusal)))
        else:
            if not running.finished:
                message = f"{row.task} returned without finish()"
                raise RuntimeError(message)

    async def worn_out(self, row: Row) -> None:
        """The row has failed for good, and so has the job."""
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            await PgJobState(work).end(row.id, JobStatus.FAILED, WORN_OUT)
            await work.commit()

    async def _begin(self, row: Row) -> JobState | None:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            job = await PgJobState(work).begin(row)
            if job is None:
                await self._queue.done(work, row)
            await work.commit()
        return job

    async def _end(self, row: Row, status: JobStatus, error: JobError | None = None) -> None:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            await self._queue.done(work, row)
            await PgJobState(work).end(row.id, status, error)
            await work.commit()

    async def _settle(self, row: Row) -> None:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            await self._queue.done(work, row)
            await settle(PgJobState(work), row)
            await work.commit()


async def settle(state: PgJobState, row: Row) -> None:
    """Succeeded when its events are handled, failed when one cannot be, else look again later.

    The row is locked by its done mark, so an event that ends meanwhile waits to hurry it, or is counted.
    """
    waiting, failed, why = await state.events_left(row.id)
    if failed:
        message = f"{failed} of the facts it made known could not be worked in ({why})."
        await state.end(row.id, JobStatus.FAILED, JobError(code="job.events-failed", message=message))
    elif waiting:
        await state.wait(row)
    else:
        await state.end(row.id, JobStatus.SUCCEEDED)


class _Run:
    """What the job's function gets; see ports/jobs.py."""

    def __init__(self, infra: Infra, queue: Queue, module: str, row: Row, job: JobState) -> None:
        self.id: UUID = job.id
        self.store_id = job.store_id
        self.user_id = job.user_id
        self.finished = False
        self._infra = replace(infra, job_id=job.id)
        self._queue = queue
        self._build: Callable[[Infra, Work], Any] = WITH_WORK[module]
        self._row = row
        self._job = job
        self._position = job.position

    def payload(self, kind: type[T]) -> T:
        return from_json(self._job.payload, kind)

    def cursor(self, kind: type[T]) -> T | None:
        return None if self._position is None else from_json(self._position, kind)

    def batch(self) -> AbstractAsyncContextManager[Batch[Any]]:
        return self._batch()

    @asynccontextmanager
    async def _batch(self) -> AsyncIterator["_Batch"]:
        async with self._open() as work:
            state = PgJobState(work)
            await state.check(self._row)
            batch = _Batch(self._build(self._infra, work))
            yield batch
            await state.advance(self._row, self._job, batch.step)
            await work.commit()
        if batch.step.cursor is not None and self._row.attempts > 1:
            await self._queue.forget_attempts(self._row)

    def _open(self) -> Work:
        if self.store_id is None:
            return self._infra.database.work(DbRole.SYSTEM, user_id=self.user_id)
        return self._infra.database.work(DbRole.STORE, user_id=self.user_id, store_ids=[self.store_id])

    async def finish(self, result: msgspec.Struct) -> None:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            state = PgJobState(work)
            await self._queue.done(work, self._row)
            await state.save_result(self._row, result)
            await settle(state, self._row)
            await work.commit()
        self.finished = True


class _Batch:
    """Keeps what to write until the batch ends, so that the job's row is locked for the shortest time."""

    def __init__(self, service: Any) -> None:  # noqa: ANN401 - the module's service, known to the job by name
        self.service = service
        self.step = Advance()

    async def progress(self, *, done: int, total: int | None, cursor: msgspec.Struct) -> None:
        self.step.done, self.step.total, self.step.cursor = done, total, cursor

    async def reject(self, errors: Sequence[RowError]) -> None:
        self.step.rejected.extend(errors)

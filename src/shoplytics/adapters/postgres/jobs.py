"""The state of jobs: what a worker writes while it runs one, and what its user reads.

`lease` fences: a worker that lost its row to another changes nothing any more.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.queue import LeaseLost, Row
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.ports.jobs import JobCancelled, JobError, JobStatus, RowError

BEGIN = """
    update platform_job set status = 'running', lease = $2, started_at = coalesce(started_at, now())
    where id = $1 and status in ('queued', 'running')
    returning id, store_id, user_id, payload::text, position::text, result is not null as finished
"""
CHECK = "select cancel_asked from platform_job where id = $1 and lease = $2 and status = 'running'"
ADVANCE = """
    update platform_job set
        done = coalesce($3, done), total = case when $3 is null then total else $4 end,
        position = coalesce($5::jsonb, position), error_rows = error_rows + $6
    where id = $1 and lease = $2 and status = 'running'
"""
REJECT = """
    insert into platform_job_error (job_id, store_id, user_id, line, code, message, source_row)
    select $1, $2, $3, * from unnest($4::bigint[], $5::text[], $6::text[], $7::text[])
    on conflict do nothing
"""
SAVE_RESULT = """
    update platform_job set result = $3::jsonb, done = coalesce(total, done)
    where id = $1 and lease = $2 and status = 'running'
"""
END = """
    update platform_job set status = $2, error = $3::jsonb, finished_at = now()
    where id = $1 and status in ('queued', 'running')
"""
WAIT = """
    update platform_outbox set
        due_at = now() + interval '2 seconds', lease = null, attempts = 0, done_at = null
    where id = $1 and lease = $2
"""
EVENTS_LEFT = """
    select count(*) filter (where failed_at is null) as waiting, count(failed_at) as failed,
        min(task || ': ' || last_error) filter (where failed_at is not null) as why
    from platform_outbox where job_id = $1 and done_at is null
"""
HURRY = """
    update platform_outbox as o set due_at = now()
    where o.id = $1 and o.lease is null and o.done_at is null and o.failed_at is null
        and exists (select from platform_job as j where j.id = $1 and j.result is not null)
        and not exists (
            select from platform_outbox as e where e.job_id = $1 and e.done_at is null and e.failed_at is null
        )
"""
CANCEL = """
    update platform_job set
        cancel_asked = true,
        status = case when status = 'queued' then 'cancelled' else status end,
        finished_at = case when status = 'queued' then now() end
    where id = $1 and status in ('queued', 'running')
"""
REOPEN = """
    update platform_job set status = 'running', error = null, finished_at = null
    where id = $1 and status = 'failed'
"""
REOPEN_ROW = """
    update platform_outbox set done_at = null, failed_at = null, lease = null, attempts = 0, due_at = now()
    where id = $1
"""


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """A job as its worker finds it; `finished` when only the events it published are left to wait for."""

    id: UUID
    store_id: UUID | None
    user_id: UUID | None
    payload: str
    position: str | None
    finished: bool


class Advance(msgspec.Struct, kw_only=True):
    """How far one batch got; without `cursor` the job stands where it stood."""

    done: int | None = None
    total: int | None = None
    cursor: msgspec.Struct | None = None
    rejected: list[RowError] = msgspec.field(default_factory=list)


class PgJobState:
    """The writes of a running job, in the unit of work they belong to."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def begin(self, row: Row) -> JobState | None:
        """None when the job is over already (cancelled while it waited)."""
        found = await self._work.raw.fetchrow(BEGIN, row.id, row.lease)
        return None if found is None else JobState(**dict(found))

    async def check(self, row: Row) -> None:
        """Raises JobCancelled, or LeaseLost."""
        found = await self._work.raw.fetchrow(CHECK, row.id, row.lease)
        if found is None:
            raise LeaseLost(row.id)
        if found["cancel_asked"]:
            raise JobCancelled(row.id)

    async def advance(self, row: Row, job: JobState, step: Advance) -> None:
        """Progress, cursor and refused rows, and the proof that the job is still ours. Raises LeaseLost."""
        refused = await self._reject(job, step.rejected) if step.rejected else 0
        cursor = None if step.cursor is None else to_json(step.cursor).decode()
        changed = await self._work.raw.execute(
            ADVANCE, row.id, row.lease, step.done, step.total, cursor, refused
        )
        if changed != "UPDATE 1":
            raise LeaseLost(row.id)

    async def _reject(self, job: JobState, errors: Sequence[RowError]) -> int:
        status = await self._work.raw.execute(
            REJECT,
            job.id,
            job.store_id,
            job.user_id,
            [error.line for error in errors],
            [error.code for error in errors],
            [error.message for error in errors],
            [error.row for error in errors],
        )
        return int(status.split()[-1])

    async def save_result(self, row: Row, result: msgspec.Struct) -> None:
        """From here on the job only waits for its events. Raises LeaseLost."""
        changed = await self._work.raw.execute(SAVE_RESULT, row.id, row.lease, to_json(result).decode())
        if changed != "UPDATE 1":
            raise LeaseLost(row.id)

    async def end(self, job_id: UUID, status: JobStatus, error: JobError | None = None) -> None:
        said = None if error is None else to_json(error).decode()
        await self._work.raw.execute(END, job_id, status.value, said)

    async def wait(self, row: Row) -> None:
        """Let go of the row, marked done in this transaction, until the last event or two seconds wake it."""
        await self._work.raw.execute(WAIT, row.id, row.lease)

    async def events_left(self, job_id: UUID) -> tuple[int, int, str | None]:
        """How many of its events are not handled yet, how many cannot be, and what one of those said."""
        found = await self._work.raw.fetchrow(EVENTS_LEFT, job_id)
        return (found["waiting"], found["failed"], found["why"]) if found else (0, 0, None)

    async def hurry(self, job_id: UUID) -> bool:
        """Whether that was the job's last event, and its row waits no longer."""
        return await self._work.raw.execute(HURRY, job_id) == "UPDATE 1"

    async def cancel(self, job_id: UUID) -> bool:
        """At once when it still waits, else before its next batch; False when it is over."""
        return await self._work.raw.execute(CANCEL, job_id) == "UPDATE 1"

    async def reopen(self, job_id: UUID) -> bool:
        """Let a failed job go on where it stopped; False when it has not failed."""
        if await self._work.raw.execute(REOPEN, job_id) != "UPDATE 1":
            return False
        await self._work.raw.execute(REOPEN_ROW, job_id)
        return True

"""The rows of the outbox as workers see them: claimed for a lease, renewed, done, failed, given back.

A claim moves `due_at` one lease ahead, so the row of a dead worker comes back by itself. Every later
statement names the lease: whoever lost it changes nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import msgspec

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.lending import Pool
from shoplytics.adapters.postgres.outbox import ADD_TASK
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole

LEASE = timedelta(seconds=15)
MAX_ATTEMPTS = 12
KEEP_DONE = timedelta(days=3)
PURGE_ROWS = 5_000

# Jobs hold a slot for minutes, so they are counted apart: a worker full of them would handle no events.
CLAIM = """
    with jobs as (
        select id from platform_outbox
        where due_at <= now() and done_at is null and failed_at is null and task = any($2::text[])
        order by due_at limit $3 for update skip locked
    ), rest as (
        select id from platform_outbox
        where due_at <= now() and done_at is null and failed_at is null and task = any($4::text[])
        order by due_at limit $5 - (select count(*) from jobs) for update skip locked
    )
    update platform_outbox as o set due_at = now() + $6, lease = $1, attempts = o.attempts + 1
    where o.id in (select id from jobs union all select id from rest)
    returning o.id, o.task, o.event_type, o.store_id, o.job_id, o.payload, o.attempts, o.lease
"""
CLAIM_ONE = """
    update platform_outbox as o set due_at = now() + $4, lease = $1, attempts = o.attempts + 1
    where o.id = (
        select id from platform_outbox
        where id = $2 and due_at <= now() and done_at is null and failed_at is null and task = any($3::text[])
        for update skip locked
    )
    returning o.id, o.task, o.event_type, o.store_id, o.job_id, o.payload, o.attempts, o.lease
"""
DUE = """
    select id from platform_outbox
    where due_at <= now() and done_at is null and failed_at is null and task = any($1::text[])
        and id <> all($2::uuid[])
    order by due_at limit $3
"""
# A row that its own transaction is about to mark done is locked by it, and needs no renewal.
RENEW = """
    update platform_outbox as o set due_at = now() + $3
    where o.id in (
        select p.id from platform_outbox as p
        join unnest($1::uuid[], $2::uuid[]) as held (id, lease) on held.id = p.id and held.lease = p.lease
        where p.done_at is null and p.failed_at is null
        for update of p skip locked
    )
"""
DONE = """
    update platform_outbox set done_at = now(), last_error = null
    where id = $1 and lease = $2 and done_at is null and failed_at is null
"""
FAIL = """
    update platform_outbox set
        last_error = $3,
        failed_at = case when attempts >= $4 then now() end,
        due_at = now() + least(900, power(2, attempts - 1)) * (0.5 + random()) * interval '1 second',
        lease = null
    where id = $1 and lease = $2 and done_at is null and failed_at is null
    returning failed_at is not null
"""
GIVE_BACK = """
    update platform_outbox set due_at = now() + $3, lease = null, attempts = greatest(attempts - 1, 0)
    where id = $1 and lease = $2 and done_at is null and failed_at is null
"""
FORGET_ATTEMPTS = "update platform_outbox set attempts = 1 where id = $1 and lease = $2 and done_at is null"
RETRY = """
    update platform_outbox set failed_at = null, lease = null, attempts = 0, due_at = now()
    where id = $1 and failed_at is not null
    returning true
"""
PURGE = """
    delete from platform_outbox where id in (
        select id from platform_outbox where done_at < now() - $1::interval limit $2
    )
"""


class LeaseLost(Exception):
    """Another worker has the row by now; the unit of work must be rolled back."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One claimed row. `attempts` counts this one; `lease` is the random token of this claim."""

    id: UUID
    task: str
    event_type: str | None
    store_id: UUID | None
    job_id: UUID | None
    payload: str
    attempts: int
    lease: UUID


def _row(record: asyncpg.Record) -> Row:
    return Row(**dict(record))


class Queue:
    """`jobs` and `rest` are the task names this worker knows; rows of others stay for a newer one."""

    def __init__(
        self, database: Database, *, jobs: Sequence[str], rest: Sequence[str], lease_seconds: float
    ) -> None:
        self._database = database
        self._jobs = list(jobs)
        self._rest = list(rest)
        self._lease = timedelta(seconds=lease_seconds)

    def _pool(self) -> Pool:
        """A lost claim is made again, so nothing here waits for the disk; a handler's commit does."""
        return self._database.pool(DbRole.SYSTEM, size=4, durable=False)

    def is_job(self, task: str) -> bool:
        """Whether rows of this task hold their slot for long."""
        return task in self._jobs

    async def claim(self, limit: int, *, jobs: int) -> list[Row]:
        """At most `limit` rows, oldest first, of which at most `jobs` are jobs."""
        pool = self._pool()
        found = await pool.fetch(CLAIM, uuid4(), self._jobs, min(jobs, limit), self._rest, limit, self._lease)
        return [_row(record) for record in found]

    async def claim_one(self, row_id: UUID) -> Row | None:
        """None when it is done, failed, not due, taken, or of a task this worker does not know."""
        pool = self._pool()
        found = await pool.fetchrow(CLAIM_ONE, uuid4(), row_id, self._jobs + self._rest, self._lease)
        return None if found is None else _row(found)

    async def add(self, row_id: UUID, task: str, payload: str) -> None:
        """A row of its own, for work that belongs to no business transaction."""
        pool = self._database.pool(DbRole.SYSTEM)
        await pool.execute(ADD_TASK, row_id, task, None, payload)

    async def due(self, limit: int, *, but: Sequence[UUID] = ()) -> list[UUID]:
        """Rows that wait to be claimed, oldest first, without those in `but`."""
        pool = self._pool()
        return [record["id"] for record in await pool.fetch(DUE, self._jobs + self._rest, list(but), limit)]

    async def renew(self, rows: Sequence[Row]) -> None:
        """Hold them for another lease."""
        if rows:
            pool = self._pool()
            await pool.execute(RENEW, [row.id for row in rows], [row.lease for row in rows], self._lease)

    async def done(self, work: Work, row: Row) -> None:
        """Mark it in the handler's own transaction, and lock it there. Raises LeaseLost."""
        if await work.raw.execute(DONE, row.id, row.lease) != "UPDATE 1":
            raise LeaseLost(row.id)

    async def fail(self, row: Row, error: str, *, final: bool = False) -> bool:
        """Whether it was the last attempt; else it is due after 1 s, 2 s, 4 s ... 15 min, more or less."""
        pool = self._pool()
        limit = 0 if final else MAX_ATTEMPTS
        return bool(await pool.fetchval(FAIL, row.id, row.lease, error[:2000], limit))

    async def give_back(self, row: Row, *, after: timedelta = timedelta(0)) -> None:
        """Not an attempt: somebody else may have it."""
        pool = self._pool()
        await pool.execute(GIVE_BACK, row.id, row.lease, after)

    async def postpone(self, work: Work, row: Row, *, after: timedelta) -> None:
        """As `give_back`, in a transaction that notes why. Raises LeaseLost."""
        if await work.raw.execute(GIVE_BACK, row.id, row.lease, after) != "UPDATE 1":
            raise LeaseLost(row.id)

    async def forget_attempts(self, row: Row) -> None:
        """A job that got somewhere is worn out only by standing still afterwards."""
        pool = self._pool()
        await pool.execute(FORGET_ATTEMPTS, row.id, row.lease)

    async def retry(self, row_id: UUID) -> bool:
        """An operator's wish: twelve attempts more for a row that has failed."""
        pool = self._pool()
        return bool(await pool.fetchval(RETRY, row_id))

    async def purge(self) -> int:
        """Delete rows done long ago, some thousand at a time; the number of them."""
        pool = self._pool()
        gone = 0
        while True:
            status = await pool.execute(PURGE, KEEP_DONE, PURGE_ROWS)
            some = int(status.split()[-1])
            gone += some
            if some < PURGE_ROWS:
                return gone

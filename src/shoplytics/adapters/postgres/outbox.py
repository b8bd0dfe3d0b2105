"""The outbox and the start of jobs: rows written in the business transaction, leased later by workers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import OutboxRow, Work
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.events import Event
from shoplytics.kernel.ids import new_id
from shoplytics.ports.cache import Copies, StaleCopies
from shoplytics.ports.outbox import Bell

ADD = """
    insert into platform_outbox (id, task, event_type, event_id, store_id, job_id, payload)
    select * from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[]
    )
"""
ADD_DUE = """
    insert into platform_outbox (id, task, event_type, event_id, store_id, job_id, payload, due_at)
    select *, $8::timestamptz from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[]
    )
"""
ADD_TASK = "insert into platform_outbox (id, task, store_id, payload) values ($1, $2, $3, $4::jsonb)"
START_JOB = """
    insert into platform_job (id, store_id, user_id, kind, payload) values ($1, $2, $3, $4, $5::jsonb)
"""

CALL_OFF = """
    update platform_job set
        cancel_asked = true,
        status = case when status = 'queued' then 'cancelled' else status end,
        finished_at = case when status = 'queued' then now() end
    where kind = $1 and status in ('queued', 'running')
        and case when $2::uuid is null then store_id is null and user_id = $3 else store_id = $2 end
"""
CALLED_OFF = "select cancel_asked from platform_job where id = $1"


def ring_after_commit(work: Work, bell: Bell, rows: Sequence[UUID]) -> None:
    """Not in the transaction itself: NOTIFY makes all commits that notify queue for one lock."""

    async def ring() -> None:
        bell.ring(rows)

    work.after_commit(ring)


class AfterCommit:
    """See StaleCopies in ports/cache.py."""

    def __init__(self, work: Work, copies: Copies) -> None:
        self._work = work
        self._copies = copies

    def drop(self, *tags: str) -> None:
        async def drop() -> None:
            self._copies.drop(*tags)

        if tags:
            self._work.after_commit(drop)


def rows_of(
    events: Sequence[Event], routes: Mapping[str, Sequence[str]], *, job_id: UUID | None = None
) -> list[OutboxRow]:
    """What ADD inserts, one row per event and task that wants it; the first column is the row's id."""
    return [
        (new_id(), task, event.type, event.id, event.store_id, job_id, to_json(event).decode())
        for event in events
        for task in routes.get(event.type, ())
    ]


def columns_of(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """Rows as the arrays that `unnest` makes rows of again."""
    return [list(column) for column in zip(*rows, strict=True)]


class PgOutbox:
    """`routes` maps an event's type to the tasks that want it; an event nobody wants costs nothing.

    What an event makes stale is dropped after the commit, so that a writer reads its own write at once.
    `job_id` marks the facts a job publishes: the job counts as done only when they have been handled.
    """

    def __init__(
        self,
        work: Work,
        routes: Mapping[str, Sequence[str]],
        *,
        bell: Bell,
        stale: StaleCopies | None = None,
        job_id: UUID | None = None,
    ) -> None:
        self._work = work
        self._routes = routes
        self._bell = bell
        self._stale = stale
        self._job_id = job_id

    async def add(self, *events: Event, due: datetime | None = None) -> None:
        if self._stale is not None and due is None:
            self._stale.drop(*{tag for event in events for tag in event.makes_stale()})
        rows = rows_of(events, self._routes, job_id=self._job_id)
        if rows:
            if due is not None:
                await self._work.raw.execute(ADD_DUE, *columns_of(rows), due)
                return
            if not self._work.outbox:
                self._work.before_commit(self._write)
            self._work.outbox += rows

    async def _write(self) -> None:
        """All that was added in the transaction, by whichever part of it."""
        rows, self._work.outbox = self._work.outbox, []
        if not rows:
            return
        await self._work.raw.execute(ADD, *columns_of(rows))
        ring_after_commit(self._work, self._bell, [row[0] for row in rows])


class PgJobs:
    """Starts jobs; see ports/jobs.py. The job's row in the outbox has the job's id."""

    def __init__(self, work: Work, *, bell: Bell) -> None:
        self._work = work
        self._bell = bell

    async def start(
        self, *, kind: str, payload: msgspec.Struct, store_id: UUID | None, user_id: UUID | None
    ) -> UUID:
        job_id = new_id()
        body = to_json(payload).decode()
        await self._work.raw.execute(START_JOB, job_id, store_id, user_id, kind, body)
        await self._work.raw.execute(ADD_TASK, job_id, kind, store_id, "{}")
        ring_after_commit(self._work, self._bell, [job_id])
        return job_id

    async def call_off(self, *, kind: str, store_id: UUID | None, user_id: UUID | None) -> None:
        await self._work.raw.execute(CALL_OFF, kind, store_id, user_id)

    async def called_off(self, job_id: UUID) -> bool:
        return bool(await self._work.raw.fetchval(CALLED_OFF, job_id))

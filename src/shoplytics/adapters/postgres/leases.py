"""The rows one worker process holds at this moment."""

import asyncio
import contextlib
from collections.abc import Sequence
from uuid import UUID

from shoplytics.adapters.postgres.database import LOST
from shoplytics.adapters.postgres.queue import Queue, Row

GATHER_SECONDS = 0.01


class Leases:
    """At most `slots` rows are held, and at most half of them are jobs, which hold theirs for long."""

    def __init__(self, queue: Queue, *, slots: int) -> None:
        self.queue = queue
        self._slots = slots
        self._held: dict[UUID, Row] = {}
        self._waiting: dict[UUID, Row] = {}
        self._jobs: set[UUID] = set()
        self._dropped = asyncio.Event()

    @property
    def free(self) -> int:
        return self._slots - len(self._held)

    @property
    def free_for_jobs(self) -> int:
        return min(self.free, max(1, self._slots // 2) - len(self._jobs))

    async def claim(self) -> list[Row]:
        """As many due rows as there are free slots; a busy worker waits a moment until half are free."""
        if self.free < self._slots / 2:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._half_free(), GATHER_SECONDS)
        if self.free <= 0:
            return []
        rows = await self.queue.claim(self.free, jobs=max(0, self.free_for_jobs))
        for row in rows:
            self._hold(row)
            self._waiting[row.id] = row
        return rows

    async def _half_free(self) -> None:
        while self.free < self._slots / 2:
            self._dropped.clear()
            await self._dropped.wait()

    async def take(self, row_id: UUID) -> Row | None:
        """The row, claimed now if it was only offered; None when it is done or somebody runs it."""
        waiting = self._waiting.pop(row_id, None)
        if waiting is not None or row_id in self._held:
            return waiting
        row = await self.queue.claim_one(row_id)
        if row is not None:
            self._hold(row)
        return row

    async def offers(self, limit: int, but: Sequence[UUID]) -> list[UUID]:
        """Due rows that nobody has, for a broker that only names them; none while PostgreSQL is away."""
        try:
            return await self.queue.due(limit, but=but)
        except LOST:
            return []

    def drop(self, row: Row) -> None:
        """Its task has ended."""
        self._held.pop(row.id, None)
        self._waiting.pop(row.id, None)
        self._jobs.discard(row.id)
        self._dropped.set()

    async def renew(self) -> None:
        await self.queue.renew(list(self._held.values()))

    async def give_back(self) -> int:
        """Let others have what we never began; the number of rows."""
        rows = list(self._held.values())
        for row in rows:
            await self.queue.give_back(row)
            self.drop(row)
        return len(rows)

    def _hold(self, row: Row) -> None:
        self._held[row.id] = row
        if self.queue.is_job(row.task):
            self._jobs.add(row.id)

"""The bell of the `postgres` broker: one NOTIFY for all commits since the last one."""

import asyncio
import contextlib
from collections.abc import Sequence
from uuid import UUID

from shoplytics.adapters.postgres.database import LOST, Database

CHANNEL = "shoplytics_outbox"
RING = "select pg_notify($1, '')"
PAUSE_SECONDS = 0.02


class PgBell:
    """Rings in a task of its own, so that no commit waits for another's NOTIFY."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self, rows: Sequence[UUID]) -> None:
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """What was not rung yet is found by the workers' next look."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            with contextlib.suppress(*LOST):
                pool = self._database.keyed()
                await pool.execute(RING, CHANNEL)
            await asyncio.sleep(PAUSE_SECONDS)  # under load the next one rings for many

"""What rings for workers that LISTEN cannot reach; `broker` hears it. Apart from it, because Taskiq is large
and whoever only rings needs none of it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from redis.asyncio import Redis

from shoplytics.adapters.redis.client import while_reachable

STREAM = "shoplytics:rows"
FIELD = b"row"
OFFERS = 500
KEEP_MILLISECONDS = 60_000


async def offer(client: Redis, rows: Sequence[UUID]) -> None:
    """Entries nobody read for a minute are trimmed; never by length, which would drop fresh ones too."""
    oldest = str(int(time.time() * 1000) - KEEP_MILLISECONDS)
    async with client.pipeline(transaction=False) as pipe:
        for row in rows:
            pipe.xadd(STREAM, {FIELD: str(row)}, minid=oldest, approximate=True)
        await pipe.execute()


class RedisBell:
    """Names the rows of each commit in the stream, from a task of its own. What it drops is swept up."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._rows: deque[UUID] = deque(maxlen=OFFERS)
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self, rows: Sequence[UUID]) -> None:
        self._rows.extend(rows)
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            rows = list(self._rows)
            self._rows.clear()
            with while_reachable():
                await offer(self._client, rows)

"""The Taskiq broker for fleets that LISTEN cannot reach: a stream says which rows of the outbox are due.

The stream is a bell and nothing else. What is read is deleted from it at once and never acknowledged, for a
row that was offered and not taken is offered again by the sweeper: a lost entry, an emptied or restarted
server, a killed worker cost about a second. While Redis is away the sweeper's question is asked directly.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from taskiq import AckableMessage, BrokerMessage
from taskiq.message import TaskiqMessage
from taskiq_redis import RedisStreamBroker

from shoplytics.adapters.redis.bell import FIELD, OFFERS, STREAM, offer
from shoplytics.adapters.redis.client import while_reachable

log = structlog.get_logger("shoplytics.broker")

GROUP = "workers"
SWEEP_SECONDS = 1.0
BUSY_SWEEP_SECONDS = 0.1
AWAY_SECONDS = 5.0

Offers = Callable[[int, Sequence[UUID]], Awaitable[list[UUID]]]
Add = Callable[[UUID, str, str], Awaitable[None]]


class RedisBroker(RedisStreamBroker):
    """`free`: slots of this worker; `offers`: due rows but those given; `add`: a new row in the outbox."""

    def __init__(self, url: str, *, task: str, free: Callable[[], int], offers: Offers, add: Add) -> None:
        """`task` is the Taskiq task that takes a row's id and runs the row."""
        super().__init__(
            url,
            queue_name=STREAM,
            consumer_group_name=GROUP,
            consumer_id="0",
            max_connection_pool_size=5,
            xread_block=int(SWEEP_SECONDS * 1000),
            socket_timeout=2 * SWEEP_SECONDS,
            socket_connect_timeout=SWEEP_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        self._client = Redis(connection_pool=self.connection_pool)
        self._task = task
        self._free = free
        self._offers = offers
        self._add = add
        self._away_until = 0.0

    async def startup(self) -> None:
        """Works without the server as well; the group is declared when it is missed."""
        with while_reachable():
            await super().startup()

    async def kick(self, message: BrokerMessage) -> None:
        """A row for the named task, its keyword arguments as payload; then the bell, if it can be rung."""
        row = UUID(message.task_id)
        payload = self.serializer.dumpb(self.formatter.loads(message.message).kwargs).decode()
        await self._add(row, message.task_name, payload)
        with while_reachable():
            await offer(self._client, [row])

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        sweeping = asyncio.create_task(self._keep_sweeping())
        try:
            while True:
                for row in await self._next():
                    yield self._message(row)
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    async def _next(self) -> list[str]:
        """Ids from the stream; while it is away, those of due rows."""
        if time.monotonic() >= self._away_until:
            with while_reachable():
                return await self._read()
            log.info("broker.unreachable")
            self._away_until = time.monotonic() + AWAY_SECONDS
        offered = await self._offers(max(1, self._free()), [])
        await asyncio.sleep(0 if offered else SWEEP_SECONDS)
        return [str(row) for row in offered]

    async def _read(self) -> list[str]:
        try:
            read: Any = await self._client.xreadgroup(
                GROUP,
                self.consumer_name,
                {STREAM: ">"},
                count=max(1, self._free()),
                block=self.block,
                noack=True,
            )
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            await self._declare_consumer_group()
            return []
        entries = _rows_of(read[0][1]) if read else {}
        if entries:
            await self._client.xdel(STREAM, *entries)
        return list(entries.values())

    async def _keep_sweeping(self) -> None:
        while True:
            more = False
            with while_reachable():
                more = await self._sweep()
            await asyncio.sleep(BUSY_SWEEP_SECONDS if more else SWEEP_SECONDS)

    async def _sweep(self) -> bool:
        """Whether there may be more to offer. Unread entries are all there is in the stream."""
        unread = _rows_of(await self._client.xrange(STREAM, count=OFFERS))
        if len(unread) >= OFFERS // 2:
            return True
        rows = await self._offers(OFFERS, [UUID(row) for row in unread.values()])
        if rows:
            await offer(self._client, rows)
        return len(rows) == OFFERS

    def _message(self, row: str) -> AckableMessage:
        message = TaskiqMessage(task_id=row, task_name=self._task, labels={}, args=[row], kwargs={})
        return AckableMessage(data=self.formatter.dumps(message).message, ack=_nothing)


def _rows_of(entries: Any) -> dict[bytes, str]:  # noqa: ANN401 - the client's own types say nothing
    """Entry number -> row id."""
    return {number: fields[FIELD].decode() for number, fields in entries}


async def _nothing() -> None:
    """The row is marked done by its handler's own transaction."""

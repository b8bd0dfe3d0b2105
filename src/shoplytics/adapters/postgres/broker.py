"""The Taskiq broker over the outbox: kick is an insert, listen a claim, woken by LISTEN or after 1 s."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from uuid import UUID

import structlog
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.message import TaskiqMessage

from shoplytics.adapters.postgres.bell import CHANNEL
from shoplytics.adapters.postgres.database import LOST, Database
from shoplytics.adapters.postgres.leases import Leases

POLL_SECONDS = 1.0
log = structlog.get_logger("shoplytics.broker")


class PostgresBroker(AsyncBroker):
    """Messages carry a row's id; the row itself is in `leases`. Nothing is acknowledged but in the row."""

    def __init__(self, database: Database, leases: Leases, *, task: str) -> None:
        """`task` is the Taskiq task that takes a row's id and runs the row."""
        super().__init__()
        self._database = database
        self._leases = leases
        self._task = task
        self._woken = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def kick(self, message: BrokerMessage) -> None:
        """A row for the named task; its keyword arguments are the payload."""
        payload = self.serializer.dumpb(self.formatter.loads(message.message).kwargs).decode()
        await self._leases.queue.add(UUID(message.task_id), message.task_name, payload)
        self._woken.set()

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Claims in a task of its own: a claim cancelled half way would hide its rows for a lease."""
        self._listener = self._listener or asyncio.create_task(self._keep_listening())
        try:
            while True:
                self._woken.clear()
                claiming = asyncio.create_task(self._claim())
                try:
                    found = await asyncio.shield(claiming)
                except asyncio.CancelledError:
                    await claiming
                    raise
                for message in found:
                    yield message
                if not found:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        finally:
            await self._stop_listening()

    async def _claim(self) -> list[AckableMessage]:
        try:
            rows = await self._leases.claim()
        except LOST as error:
            log.info("queue.unreachable", error=str(error))
            return []
        except Exception:
            log.exception("queue.error")
            return []
        return [self._message(str(row.id)) for row in rows]

    def _message(self, row: str) -> AckableMessage:
        message = TaskiqMessage(task_id=row, task_name=self._task, labels={}, args=[row], kwargs={})
        return AckableMessage(data=self.formatter.dumps(message).message, ack=_nothing)

    async def _keep_listening(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self._listen_until_lost()
            await asyncio.sleep(POLL_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await self._database.connect()
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._wake)
            self._woken.set()
            await lost.wait()
        finally:
            connection.terminate()

    def _wake(self, connection: object, pid: int, channel: str, payload: object) -> None:
        self._woken.set()

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None


async def _nothing() -> None:
    """The row is marked done by its handler's own transaction."""

"""What a row's task name means: the handlers of all modules, bound, and one way to run any of them."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog

from shoplytics.adapters.postgres.database import LOST
from shoplytics.adapters.postgres.errors import shop_error_of
from shoplytics.adapters.postgres.idempotency import prune
from shoplytics.adapters.postgres.jobs import PgJobState
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.mails import DELIVER, forget_mails
from shoplytics.adapters.postgres.queue import LEASE, MAX_ATTEMPTS, LeaseLost, Queue, Row
from shoplytics.bootstrap import ERRANDS, WITH_WORK, Infra, routes_of, task_name
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.errors import ShopError
from shoplytics.kernel.events import Event
from shoplytics.kernel.module import Handler, Module
from shoplytics.worker.delivery import DeliveryTask
from shoplytics.worker.jobs import JobTask

PURGE = "platform.purge"
KEEP_ANSWERS = timedelta(days=2)
UPLOADS = ("imports", "uploads")
KEEP_UPLOADS = timedelta(days=7)  # a failed job may be taken up again until then
Subscribers: TypeAlias = Mapping[type[Event], Sequence[Handler]]
log = structlog.get_logger("shoplytics.worker")


class Task(Protocol):
    """`run` marks the row done in the transaction of its effect, or raises."""

    async def run(self, row: Row) -> None: ...
    async def worn_out(self, row: Row) -> None:
        """The last attempt has failed."""
        ...


@dataclass(frozen=True, kw_only=True)
class EventTask:
    """One subscriber. A handler may listen to several events, which the row's `event_type` tells apart."""

    infra: Infra
    queue: Queue
    module: str
    handler: Handler
    events: dict[str, type[Event]]

    async def run(self, row: Row) -> None:
        event = from_json(row.payload, self.events[row.event_type or ""])
        infra = self.infra if row.job_id is None else replace(self.infra, job_id=row.job_id)
        async with infra.database.work(DbRole.SYSTEM) as work:
            await self.queue.done(work, row)
            await self.handler(event, WITH_WORK[self.module](infra, work))
            await work.commit()
        if row.job_id is not None:
            await self._hurry(row.job_id)

    async def worn_out(self, row: Row) -> None:
        """The job that published the event must hear of it, and then fails."""
        if row.job_id is not None:
            await self._hurry(row.job_id)

    async def _hurry(self, job_id: UUID) -> None:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            last = await PgJobState(work).hurry(job_id)
            await work.commit()
        if last:
            self.infra.bell.ring([job_id])


@dataclass(frozen=True, kw_only=True)
class ErrandTask:
    """One handler that speaks with somebody else's server: no transaction waits for that."""

    infra: Infra
    queue: Queue
    module: str
    handler: Handler
    events: dict[str, type[Event]]

    async def run(self, row: Row) -> None:
        event = from_json(row.payload, self.events[row.event_type or ""])
        await self.handler(event, ERRANDS[self.module](self.infra))
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            await self.queue.done(work, row)
            await work.commit()

    async def worn_out(self, row: Row) -> None:
        """It stays among the failed events, where an operator finds it."""


@dataclass(frozen=True, kw_only=True)
class ScheduledTask:
    """One run of a schedule."""

    infra: Infra
    queue: Queue
    module: str
    handler: Handler

    async def run(self, row: Row) -> None:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            await self.queue.done(work, row)
            await self.handler(self.infra.clock(), WITH_WORK[self.module](self.infra, work))
            await work.commit()

    async def worn_out(self, row: Row) -> None:
        """Nobody waits for it; the next due time comes."""


@dataclass(frozen=True, kw_only=True)
class PurgeTask:
    """The platform's own housekeeping: rows done, answers kept for replays, mails, files nobody came for."""

    infra: Infra
    queue: Queue

    async def run(self, row: Row) -> None:
        now = self.infra.clock()
        gone = await self.queue.purge()
        forget = self.infra.objects.forget
        files = sum([await forget(folder, before=now - KEEP_UPLOADS) for folder in UPLOADS])
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            await self.queue.done(work, row)
            await prune(work, before=now - KEEP_ANSWERS)
            await forget_mails(work, now=now)
            await work.commit()
        log.info("platform.purged", rows=gone, files=files)

    async def worn_out(self, row: Row) -> None:
        """The next hour tries again."""


def schedules_of(modules: Sequence[Module]) -> dict[str, str]:
    """Task name -> cron line: what the scheduler knows of, as it is at first start."""
    own = {PURGE: "17 * * * *"}
    return own | {task_name(m, handler): cron for m in modules for handler, cron in m.schedule.items()}


def bind(infra: Infra, queue: Queue, modules: Sequence[Module]) -> Mapping[str, Task]:
    """Task name -> task. Two meanings of one name are a mistake in a module, and stop the start."""
    tasks: dict[str, Task] = {
        PURGE: PurgeTask(infra=infra, queue=queue),
        DELIVER: DeliveryTask(infra, queue),
    }
    for module in modules:
        for name, task in _tasks_of(module, infra, queue):
            if name in tasks:
                message = f"two tasks are named {name}"
                raise ValueError(message)
            tasks[name] = task
    return tasks


def _tasks_of(module: Module, infra: Infra, queue: Queue) -> list[tuple[str, Task]]:
    found: list[tuple[str, Task]] = [
        (kind, JobTask(infra, queue, module=module.name, function=function))
        for kind, function in module.jobs.items()
    ]
    kinds: tuple[tuple[type[EventTask] | type[ErrandTask], Subscribers], ...] = (
        (EventTask, module.subscribers),
        (ErrandTask, module.errands),
    )
    for kind, subscribers in kinds:
        for handler, wanted in _wanted(subscribers).items():
            task = kind(infra=infra, queue=queue, module=module.name, handler=handler, events=wanted)
            found.append((task_name(module, handler), task))
    for handler in module.schedule:
        timed = ScheduledTask(infra=infra, queue=queue, module=module.name, handler=handler)
        found.append((task_name(module, handler), timed))
    return found


def _wanted(subscribers: Subscribers) -> dict[Handler, dict[str, type[Event]]]:
    events: dict[Handler, dict[str, type[Event]]] = {}
    for event, handlers in subscribers.items():
        for handler in handlers:
            events.setdefault(handler, {})[event.type] = event
    return events


def queue_for(infra: Infra, modules: Sequence[Module], *, lease: float = LEASE.total_seconds()) -> Queue:
    """The queue as seen by a worker that knows these modules."""
    jobs = [kind for module in modules for kind in module.jobs]
    rest = {name for names in routes_of(modules).values() for name in names} | set(schedules_of(modules))
    return Queue(infra.database, jobs=jobs, rest=sorted(rest | {DELIVER}), lease_seconds=lease)


class Runner:
    """Runs one row: the same for every broker."""

    def __init__(self, leases: Leases, tasks: Mapping[str, Task]) -> None:
        self._leases = leases
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, row_id: str) -> None:
        """The Taskiq task of every name: the message says which row, the row what to do. Never raises."""
        current = asyncio.current_task()
        if current is None:
            raise RuntimeError(row_id)
        self._running.add(current)
        try:
            row = await self._leases.take(UUID(row_id))
            if row is not None:
                await self._run(row)
        except LOST as error:
            log.info("queue.unreachable", error=str(error))
        finally:
            self._running.discard(current)

    async def stop(self) -> None:
        """Interrupt what did not end in time; its unit of work is rolled back and its row given back."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, row: Row) -> None:
        started = time.perf_counter()
        outcome = "done"
        try:
            await self.attempt(row)
        except LeaseLost:
            outcome = "lease_lost"
        except Exception as error:
            expected = error if isinstance(error, ShopError) else shop_error_of(error)
            outcome = "failed" if expected is None else expected.code
            if expected is None:
                log.exception("task.error", **_ids(row))
            await self._failed(row, error)
        except asyncio.CancelledError:
            outcome = "interrupted"
            with contextlib.suppress(*LOST):
                await self._leases.queue.give_back(row)
            raise
        finally:
            self._leases.drop(row)
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log.info("task", outcome=outcome, milliseconds=milliseconds, **_ids(row))

    async def attempt(self, row: Row) -> None:
        """Run it and let its exception out."""
        if row.attempts > MAX_ATTEMPTS:
            message = "The worker died at every attempt."
            raise RuntimeError(message)
        await self._tasks[row.task].run(row)

    async def _failed(self, row: Row, error: Exception) -> None:
        """When even this cannot be written, the lease runs out and the row comes back."""
        with contextlib.suppress(*LOST):
            if await self._leases.queue.fail(row, f"{type(error).__name__}: {error}"):
                await self._tasks[row.task].worn_out(row)


def _ids(row: Row) -> dict[str, object]:
    ids = {"store_id": row.store_id, "job_id": row.job_id, "event_type": row.event_type}
    known = {name: str(value) for name, value in ids.items() if value is not None}
    return {"task": row.task, "row": str(row.id), "attempt": row.attempts, **known}


async def run_due(infra: Infra, modules: Sequence[Module]) -> int:
    """Run everything due in this process, one after the other, until nothing is; how many rows that were.

    For tests and tools: the first exception of a handler comes out, and its row is left for a worker.
    """
    queue = queue_for(infra, modules)
    leases = Leases(queue, slots=1)
    runner = Runner(leases, bind(infra, queue, modules))
    count = 0
    while rows := await leases.claim():
        for row in rows:
            try:
                await runner.attempt(row)
            except Exception as error:
                await queue.fail(row, f"{type(error).__name__}: {error}")
                raise
            finally:
                leases.drop(row)
            count += 1
    return count

"""Workers for tests: in the test's process or as children, and what came of the probe's events and jobs."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from multiprocessing.context import ForkServerProcess
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.bootstrap import WITH_WORK, Infra, open_infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.events import Event
from shoplytics.settings import Settings
from shoplytics.worker import run_worker
from tests.faults import worker_main
from tests.probe import GRANT, MODULES, TABLE, CountTo, ProbeService


class Job(msgspec.Struct):
    """The columns of a job that tests look at."""

    status: str
    done: int
    error_rows: int
    error: str | None
    result: str | None


@asynccontextmanager
async def probing(settings: Settings, owner_url: str) -> AsyncIterator[Infra]:
    """An open process that knows the probe; its table goes again, for other tests look at all tables."""
    await _as_owner(owner_url, TABLE, GRANT)
    WITH_WORK["probe"] = ProbeService
    try:
        async with open_infra(settings, modules=MODULES) as infra:
            yield infra
    finally:
        del WITH_WORK["probe"]
        await _as_owner(owner_url, "drop table probe_effect")


async def _as_owner(url: str, *statements: str) -> None:
    owner = await asyncpg.connect(url)
    for statement in statements:
        await owner.execute(statement)
    await owner.close()


async def publish(infra: Infra, *events: Event) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        await infra.outbox(work).add(*events)
        await work.commit()


async def start(infra: Infra, wish: CountTo, *, store_id: UUID | None = None) -> UUID:
    async with infra.database.work(DbRole.SYSTEM) as work:
        job_id = await infra.jobs(work).start(
            kind="probe.count", payload=wish, store_id=store_id, user_id=None
        )
        await work.commit()
    return job_id


async def effects(infra: Infra, what: str) -> list[int]:
    pool = infra.database.pool(DbRole.SYSTEM)
    found = await pool.fetch("select number from probe_effect where what = $1 order by id", what)
    return [row["number"] for row in found]


async def undone(infra: Infra) -> int:
    pool = infra.database.pool(DbRole.SYSTEM)
    found: int = await pool.fetchval("select count(*) from platform_outbox where done_at is null")
    return found


async def job(infra: Infra, job_id: UUID) -> Job:
    pool = infra.database.pool(DbRole.SYSTEM)
    row = await pool.fetchrow("select * from platform_job where id = $1", job_id)
    assert row is not None
    return Job(**{name: row[name] for name in Job.__struct_fields__})


async def until(met: Callable[[], Awaitable[bool]], *, seconds: float = 60) -> None:
    """For what happens in the database, where nothing can be awaited."""
    async with asyncio.timeout(seconds):
        while not await met():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)


async def until_quiet(infra: Infra, *, seconds: float = 60) -> None:
    """Until every row is done."""

    async def quiet() -> bool:
        return await undone(infra) == 0

    await until(quiet, seconds=seconds)


@asynccontextmanager
async def working(
    settings: Settings, *, slots: int = 4, lease_seconds: float = 15
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker in this process, ended cleanly afterwards."""
    stop = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(settings, slots=slots, modules=MODULES, lease_seconds=lease_seconds, stop=stop)
    )
    try:
        yield worker
    finally:
        stop.set()
        await worker


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.worker_main", "tests.faults.api_main"])


@contextmanager
def forked(
    main: Callable[[str, Settings], None], what: str, settings: Settings
) -> Iterator[ForkServerProcess]:
    """`main` as a process of its own; killed afterwards.

    Forked from a server that has imported everything once, which takes longer than most of the tests.
    """
    process = FORKS.Process(target=main, args=(what, settings), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def child(settings: Settings, what: str = "worker") -> "AbstractContextManager[ForkServerProcess]":
    """A worker or scheduler that knows the probe."""
    return forked(worker_main.main, what, settings)

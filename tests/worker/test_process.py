"""A whole worker in the test's process: broker, receiver, leases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.probe import MODULES, CountTo, Pinged
from tests.worker.test_tasks import effects, job, publish, start

from shoplytics.bootstrap import Infra
from shoplytics.worker import run_worker


@asynccontextmanager
async def working(infra: Infra, *, slots: int = 4) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(infra.settings, slots=slots, modules=MODULES, stop=stop))
    try:
        yield stop
    finally:
        stop.set()
        await worker


async def until(met: Callable[[], Awaitable[bool]], *, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await met():  # noqa: ASYNC110 - it happens in the database
            await asyncio.sleep(0.02)


class TestWorker:
    async def test_handles_what_was_there_and_what_comes(self, probed: Infra) -> None:
        await publish(probed, *(Pinged(number=n) for n in range(20)))
        async with working(probed):
            await publish(probed, *(Pinged(number=n) for n in range(20, 40)))

            async def all_there() -> bool:
                return len(await effects(probed, "ping")) + len(await effects(probed, "heard")) == 80

            await until(all_there)
        assert sorted(await effects(probed, "ping")) == list(range(40))

    async def test_runs_a_job_to_its_end(self, probed: Infra) -> None:
        async with working(probed, slots=1):
            job_id = await start(probed, CountTo(last=30))

            async def over() -> bool:
                return (await job(probed, job_id)).status == "succeeded"

            await until(over)
        assert await effects(probed, "count") == list(range(1, 31))

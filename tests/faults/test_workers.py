"""Processes are killed without a warning, and every effect happens exactly once."""

import asyncio

import asyncpg
import msgspec
import pytest
from redis.asyncio import Redis
from tests.faults.conftest import Doomed
from tests.probe import CountTo, Pinged
from tests.workers import child, effects, job, publish, start, undone, until, until_quiet

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole

EVENTS = 300


async def reachable(infra: Infra) -> None:
    """Wait until our own connections work again."""

    async def answers() -> bool:
        try:
            await undone(infra)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    await until(answers)


class TestKilledWorker:
    async def test_leaves_a_job_that_goes_on_from_its_last_batch(self, doomed: Doomed, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=200, size=5, pause=0.02))

        async def half_way() -> bool:
            return (await job(probed, job_id)).done >= 60

        with child(doomed.settings) as worker:
            await until(half_way)
            worker.kill()
            worker.join()
        assert 60 <= (await job(probed, job_id)).done < 200
        with child(doomed.settings):
            await until_quiet(probed)
        assert (await job(probed, job_id)).status == "succeeded"
        assert await effects(probed, "count") == list(range(1, 201))
        assert sorted(await effects(probed, "ping")) == list(range(5, 201, 5))

    @pytest.mark.parametrize("broker", ["postgres", "redis"])
    async def test_loses_and_doubles_no_event(self, doomed: Doomed, probed: Infra, broker: str) -> None:
        settings = msgspec.structs.replace(doomed.settings, broker=broker)
        numbers = list(range(EVENTS))

        async def some(count: int) -> None:
            async def enough() -> bool:
                return len(await effects(probed, "ping")) >= count

            await until(enough, seconds=20)

        with child(settings) as first, child(settings):
            await publish(probed, *(Pinged(number=n) for n in numbers[:100]))
            await some(30)
            first.kill()
            async with Redis.from_url(settings.redis_url) as client:
                await client.flushall()
            await publish(probed, *(Pinged(number=n) for n in numbers[100:200]))
            await some(120)
            await asyncio.to_thread(doomed.servers.kill_postgres)
            await asyncio.to_thread(doomed.servers.restart_postgres)
            await reachable(probed)
            await asyncio.to_thread(doomed.servers.kill_valkey)
            await publish(probed, *(Pinged(number=n) for n in numbers[200:]))
            await some(220)
            await asyncio.to_thread(doomed.servers.restart_valkey)
            with child(settings):
                await until_quiet(probed)
        assert sorted(await effects(probed, "ping")) == numbers
        assert sorted(await effects(probed, "heard")) == numbers


class TestStoppedWorker:
    async def test_finishes_the_task_it_is_in(self, doomed: Doomed, probed: Infra) -> None:
        await publish(probed, Pinged(number=1, trouble="slow"))

        async def begun() -> bool:
            return await undone(probed) == 1

        with child(doomed.settings) as worker:
            await until(begun)
            worker.terminate()
            await asyncio.to_thread(worker.join)
            assert worker.exitcode == 0
        assert await effects(probed, "ping") == [1]
        assert await undone(probed) == 0


class TestKilledScheduler:
    async def test_is_followed_by_the_other_without_a_second_run(self, doomed: Doomed, probed: Infra) -> None:
        pool = probed.database.pool(DbRole.SYSTEM)

        async def ticks() -> int:
            found: int = await pool.fetchval("select count(*) from platform_outbox where task = 'probe.tick'")
            return found

        async def seeded() -> bool:
            return bool(await pool.fetchval("select count(*) >= 2 from platform_schedule"))

        async def come_due(times: int) -> None:
            before = await ticks()
            await pool.execute("update platform_schedule set next_at = now() where task = 'probe.tick'")

            async def came() -> bool:
                return await ticks() > before

            await until(came)
            assert await ticks() == before + times

        with child(doomed.settings, "scheduler") as first, child(doomed.settings, "scheduler"):
            await until(seeded)
            await come_due(1)
            first.kill()
            await come_due(1)
            await come_due(1)

"""What both brokers promise: a row is run once its time has come, whoever dies and whatever is lost."""

import asyncio

import asyncpg
from redis.asyncio import Redis
from taskiq.kicker import AsyncKicker
from tests.probe import MODULES, CountTo, Pinged
from tests.workers import effects, job, publish, start, undone, until, until_quiet, working

from shoplytics.adapters.postgres.leases import Leases
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.worker.tasks import queue_for


async def pings(infra: Infra) -> list[int]:
    return sorted(await effects(infra, "ping"))


class TestBroker:
    async def test_hands_over_what_was_there_and_what_comes(self, brokered: Infra) -> None:
        await publish(brokered, *(Pinged(number=n) for n in range(20)))
        async with working(brokered.settings):
            await publish(brokered, *(Pinged(number=n) for n in range(20, 40)))
            await until_quiet(brokered)
        assert await pings(brokered) == list(range(40))

    async def test_shares_rows_between_workers(self, brokered: Infra) -> None:
        async with working(brokered.settings), working(brokered.settings):
            await publish(brokered, *(Pinged(number=n) for n in range(60)))
            await until_quiet(brokered)
        assert await pings(brokered) == list(range(60))

    async def test_is_woken_by_a_commit(self, brokered: Infra) -> None:
        """Ten events one after the other in far less than ten polls."""
        async with working(brokered.settings):
            await publish(brokered, Pinged(number=-1))
            await until_quiet(brokered)
            async with asyncio.timeout(5):
                for number in range(10):
                    await publish(brokered, Pinged(number=number))
                    await until_quiet(brokered)

    async def test_waits_until_a_row_is_due(self, brokered: Infra) -> None:
        await publish(brokered, Pinged(number=1))
        pool = brokered.database.pool(DbRole.SYSTEM)
        await pool.execute("update platform_outbox set due_at = now() + interval '1 hour'")
        async with working(brokered.settings):
            await publish(brokered, Pinged(number=2))

            async def handled() -> bool:
                return await undone(brokered) == 2

            await until(handled)
            assert await pings(brokered) == [2]
            await pool.execute("update platform_outbox set due_at = now() where done_at is null")
            await until_quiet(brokered)
        assert await pings(brokered) == [1, 2]

    async def test_offers_the_row_of_a_dead_worker_again(self, brokered: Infra) -> None:
        dead = Leases(queue_for(brokered, MODULES, lease=0.5), slots=1)
        await publish(brokered, Pinged(number=1))
        assert len(await dead.claim()) == 1
        async with working(brokered.settings):
            await until_quiet(brokered)
        assert await pings(brokered) == [1]

    async def test_keeps_a_long_task_from_others_while_it_runs(self, brokered: Infra) -> None:
        await publish(brokered, Pinged(number=1, trouble="slow"))
        async with (
            working(brokered.settings, lease_seconds=0.4),
            working(brokered.settings, lease_seconds=0.4),
        ):
            await until_quiet(brokered)
        assert await pings(brokered) == [1]
        pool = brokered.database.pool(DbRole.SYSTEM)
        assert await pool.fetchval("select max(attempts) from platform_outbox") == 1

    async def test_runs_a_job_and_waits_for_its_events(self, brokered: Infra) -> None:
        async with working(brokered.settings):
            job_id = await start(brokered, CountTo(last=25))
            await until_quiet(brokered)
        assert (await job(brokered, job_id)).status == "succeeded"
        assert await pings(brokered) == [10, 20, 25]

    async def test_takes_a_task_kicked_through_taskiq(self, brokered: Infra) -> None:
        queue = queue_for(brokered, MODULES)
        broker = brokered.broker(Leases(queue, slots=1), task="row")
        await AsyncKicker("probe.tick", broker, {}).kiq()
        await broker.shutdown()
        async with working(brokered.settings):
            await until_quiet(brokered)
        assert len(await effects(brokered, "tick")) == 1

    async def test_works_on_when_redis_forgets_everything(self, brokered: Infra) -> None:
        await publish(brokered, *(Pinged(number=n) for n in range(30)))
        async with working(brokered.settings), Redis.from_url(brokered.settings.redis_url) as client:
            for number in range(30, 60):
                await publish(brokered, Pinged(number=number))
                await client.flushdb()
            await until_quiet(brokered)
        assert await pings(brokered) == list(range(60))

    async def test_works_on_when_its_connections_are_cut(self, brokered: Infra, owner_url: str) -> None:
        async with working(brokered.settings, lease_seconds=1):
            for number in range(10):
                await publish(brokered, Pinged(number=number))
                await cut_workers(owner_url)
            await until_quiet(brokered)
        assert await pings(brokered) == list(range(10))


async def cut_workers(owner_url: str) -> None:
    """End the sessions of workers."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name = 'shoplytics worker'"
    )
    await owner.close()

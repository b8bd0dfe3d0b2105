"""A whole worker in the test's process: broker, receiver, leases."""

import asyncio

import pytest
from tests.probe import CountTo, Pinged
from tests.workers import effects, job, publish, start, undone, until, until_quiet, working

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole


class TestWorker:
    async def test_runs_a_job_to_its_end_in_one_slot(self, probed: Infra) -> None:
        async with working(probed.settings, slots=1):
            job_id = await start(probed, CountTo(last=30))

            async def over() -> bool:
                return (await job(probed, job_id)).status == "succeeded"

            await until(over)
        assert await effects(probed, "count") == list(range(1, 31))

    async def test_keeps_half_its_slots_from_jobs(self, probed: Infra) -> None:
        async with working(probed.settings, slots=2):
            for _ in range(4):
                await start(probed, CountTo(last=50, size=1, pause=0.05))

            async def begun() -> bool:
                return len(await effects(probed, "count")) > 0

            await until(begun)
            await publish(probed, Pinged(number=-1))

            async def heard() -> bool:
                return -1 in await effects(probed, "ping")

            await until(heard, seconds=2)

    async def test_stops_a_cancelled_job_before_its_next_batch(self, probed: Infra) -> None:
        async with working(probed.settings):
            job_id = await start(probed, CountTo(last=10_000, size=1, pause=0.01))

            async def begun() -> bool:
                return (await job(probed, job_id)).done > 3

            await until(begun)
            async with probed.database.work(DbRole.SYSTEM) as work:
                assert await probed.job_state(work).cancel(job_id)
                await work.commit()

            async def over() -> bool:
                return (await job(probed, job_id)).status == "cancelled"

            await until(over)
        found = await job(probed, job_id)
        assert 3 < found.done < 10_000
        assert len(await effects(probed, "count")) == found.done

    async def test_never_runs_a_job_cancelled_while_it_waited(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=10))
        async with probed.database.work(DbRole.SYSTEM) as work:
            assert await probed.job_state(work).cancel(job_id)
            await work.commit()
        async with working(probed.settings):
            await until_quiet(probed)
        assert (await job(probed, job_id)).status == "cancelled"
        assert await effects(probed, "count") == []

    async def test_tries_again_after_a_failure(self, probed: Infra) -> None:
        await publish(probed, Pinged(number=1, trouble="unavailable"))

        async def tried() -> bool:
            pool = probed.database.pool(DbRole.SYSTEM)
            row = await pool.fetchrow("select * from platform_outbox where task = 'probe.on_ping'")
            return row is not None and row["attempts"] == 2 and "Unavailable" in row["last_error"]

        async with working(probed.settings):
            await until(tried)
        assert await effects(probed, "ping") == []

    async def test_fails_a_job_whose_event_cannot_be_handled(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=1, trouble="unavailable"))
        async with working(probed.settings):

            async def waits() -> bool:
                return (await job(probed, job_id)).result is not None

            await until(waits)
            pool = probed.database.pool(DbRole.SYSTEM)
            await pool.execute("update platform_outbox set attempts = 12 where task = 'probe.on_ping'")

            async def over() -> bool:
                return (await job(probed, job_id)).status == "failed"

            await until(over)
        error = (await job(probed, job_id)).error
        assert error is not None
        assert "job.events-failed" in error
        assert "probe.on_ping" in error

    async def test_fails_a_job_that_stands_still(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=5, crash_at=3))
        pool = probed.database.pool(DbRole.SYSTEM)
        await pool.execute("update platform_outbox set attempts = 11")
        async with working(probed.settings):

            async def over() -> bool:
                return (await job(probed, job_id)).status == "failed"

            await until(over)
        assert "job.crashed" in ((await job(probed, job_id)).error or "")
        assert await effects(probed, "count") == []

    async def test_goes_on_with_a_failed_job_that_is_reopened(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=20, crash_at=15))
        pool = probed.database.pool(DbRole.SYSTEM)
        await pool.execute("update platform_outbox set attempts = 12")
        async with working(probed.settings):

            async def failed() -> bool:
                return (await job(probed, job_id)).status == "failed"

            await until(failed)
            assert await effects(probed, "count") == []
            await pool.execute("update platform_job set payload = payload - 'crash_at'")
            async with probed.database.work(DbRole.SYSTEM) as work:
                assert await probed.job_state(work).reopen(job_id)
                assert not await probed.job_state(work).reopen(job_id)
                await work.commit()
            await until_quiet(probed)
        assert (await job(probed, job_id)).status == "succeeded"
        assert await effects(probed, "count") == list(range(1, 21))

    async def test_leaves_rows_of_tasks_it_does_not_know(self, probed: Infra) -> None:
        pool = probed.database.pool(DbRole.SYSTEM)
        await pool.execute(
            "insert into platform_outbox (id, task, payload) values (gen_random_uuid(), 'newer.task', '{}')"
        )
        async with working(probed.settings):
            await publish(probed, Pinged(number=1))

            async def heard() -> bool:
                return await effects(probed, "heard") == await effects(probed, "ping") == [1]

            await until(heard)
        row = await pool.fetchrow("select * from platform_outbox where task = 'newer.task'")
        assert row is not None
        assert (row["attempts"], row["done_at"], row["failed_at"]) == (0, None, None)

    async def test_finishes_what_it_began_when_told_to_stop(self, probed: Infra) -> None:
        await publish(probed, Pinged(number=1, trouble="slow"), *(Pinged(number=n) for n in range(2, 30)))
        async with working(probed.settings, slots=2):

            async def begun() -> bool:
                return await undone(probed) < 50

            await until(begun)
        pool = probed.database.pool(DbRole.SYSTEM)
        held = await pool.fetchval(
            "select count(*) from platform_outbox where done_at is null and lease is not null"
        )
        assert held == 0
        pings = await effects(probed, "ping")
        assert len(pings) == len(set(pings))

    @pytest.mark.parametrize("slots", [1, 4])
    async def test_holds_no_more_rows_than_it_has_slots(self, probed: Infra, slots: int) -> None:
        await publish(probed, *(Pinged(number=n, trouble="slow") for n in range(10)))
        async with working(probed.settings, slots=slots):
            pool = probed.database.pool(DbRole.SYSTEM)
            most = 0
            for _ in range(20):
                most = max(
                    most,
                    await pool.fetchval(
                        "select count(*) from platform_outbox where lease is not null and done_at is null"
                    ),
                )
                await asyncio.sleep(0.02)
        assert 0 < most <= slots

"""Events, jobs and schedules as a worker runs them, one row after the other."""

import pytest
from tests.drain import drain
from tests.probe import MODULES, CountTo, Pinged
from tests.workers import Job, effects, job, publish, start

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.ids import new_id


class TestEvent:
    async def test_reaches_every_subscriber_once(self, probed: Infra) -> None:
        await publish(probed, Pinged(number=1), Pinged(number=2))
        assert await drain(probed, MODULES) == 4
        assert await effects(probed, "ping") == [1, 2]
        assert sorted(await effects(probed, "heard")) == [1, 2]
        assert await drain(probed, MODULES) == 0

    async def test_may_cause_others(self, probed: Infra) -> None:
        await publish(probed, Pinged(number=1, trouble="pong"))
        await drain(probed, MODULES)
        assert await effects(probed, "pong") == [1]

    async def test_leaves_nothing_of_a_failed_attempt(self, probed: Infra) -> None:
        await publish(probed, Pinged(number=1, trouble="crash"))
        with pytest.raises(RuntimeError, match="crash"):
            await drain(probed, MODULES)
        assert await effects(probed, "ping") == []


class TestJob:
    async def test_succeeds_when_its_events_are_handled(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=35))
        assert await drain(probed, MODULES) == 1 + 4 * 2 + 1
        assert await effects(probed, "count") == list(range(1, 36))
        assert await job(probed, job_id) == Job(
            status="succeeded", done=35, error_rows=1, error=None, result='{"number": 35}'
        )

    async def test_writes_as_its_store(self, probed: Infra) -> None:
        store = new_id()
        await start(probed, CountTo(last=1), store_id=store)
        await drain(probed, MODULES)
        pool = probed.database.pool(DbRole.SYSTEM)
        row = await pool.fetchrow("select * from probe_effect where what = 'count'")
        assert row is not None
        assert (row["store_id"], row["role"]) == (store, "shop_store")

    async def test_fails_with_the_reason_of_a_refusal(self, probed: Infra) -> None:
        job_id = await start(probed, CountTo(last=30, refuse_at=15))
        await drain(probed, MODULES)
        found = await job(probed, job_id)
        assert (found.status, found.done) == ("failed", 10)
        assert found.error == '{"code": "probe.refused", "message": "The probe would not."}'
        assert await effects(probed, "count") == list(range(1, 11))

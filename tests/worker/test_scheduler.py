"""Due times become rows, each once; missed ones as the schedule says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cronsim import CronSimError
from tests.drain import drain
from tests.probe import MODULES
from tests.workers import effects

from shoplytics.adapters.postgres.work import Raw
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.worker.scheduler import next_time, seed, tick
from shoplytics.worker.tasks import schedules_of

CRONS = schedules_of(MODULES)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
async def connection(probed: Infra) -> AsyncIterator[Raw]:
    opened = await probed.database.connect(DbRole.SYSTEM)
    await seed(opened, CRONS)
    yield opened
    await opened.close()


async def change(connection: Raw, assignment: str) -> None:
    await connection.execute(f"update platform_schedule set {assignment} where task = 'probe.tick'")


async def ticks(connection: Raw) -> int:
    found: int = await connection.fetchval("select count(*) from platform_outbox where task = 'probe.tick'")
    return found


async def schedule(connection: Raw) -> asyncpg.Record:
    found = await connection.fetchrow("select * from platform_schedule where task = 'probe.tick'")
    assert found is not None
    return found


class TestNextTime:
    def test_follows_the_clock_of_its_zone(self) -> None:
        assert next_time("0 9 * * *", "Asia/Tehran", utc("2026-11-21T00:00")) == utc("2026-11-21T05:30")

    def test_runs_once_in_an_hour_that_is_left_out(self) -> None:
        """Berlin, 29 March 2026: 02:00 to 03:00 is missing."""
        first = next_time("30 2 * * *", "Europe/Berlin", utc("2026-03-28T12:00"))
        assert first == utc("2026-03-29T01:00")
        assert next_time("30 2 * * *", "Europe/Berlin", first) == utc("2026-03-30T00:30")

    def test_runs_once_in_an_hour_that_comes_twice(self) -> None:
        """Berlin, 25 October 2026: 02:00 to 03:00 comes twice."""
        first = next_time("30 2 * * *", "Europe/Berlin", utc("2026-10-24T12:00"))
        assert first == utc("2026-10-25T00:30")
        assert next_time("30 2 * * *", "Europe/Berlin", first) == utc("2026-10-26T01:30")

    @pytest.mark.parametrize("cron", ["", "* * * *", "61 * * * *", "0 0 30 2 *"])
    def test_refuses_what_never_comes(self, cron: str) -> None:
        with pytest.raises(CronSimError):
            next_time(cron, "UTC", utc("2026-01-01T00:00"))


class TestTick:
    async def test_waits_for_the_due_time(self, connection: Raw) -> None:
        await tick(connection, CRONS)
        assert await ticks(connection) == 0

    async def test_makes_one_row_of_a_due_time(self, probed: Infra, connection: Raw) -> None:
        due = datetime.now(UTC) - timedelta(seconds=5)
        for _ in range(2):
            await connection.execute(
                "update platform_schedule set next_at = $1 where task = 'probe.tick'", due
            )
            await tick(connection, CRONS)
        assert await ticks(connection) == 1
        after = await schedule(connection)
        assert after["next_at"] > datetime.now(UTC)
        assert after["next_at"].minute % 5 == 0
        await drain(probed, MODULES)
        assert len(await effects(probed, "tick")) == 1

    async def test_runs_once_for_all_that_was_missed(self, connection: Raw) -> None:
        await change(connection, "next_at = now() - interval '3 days'")
        await tick(connection, CRONS)
        await tick(connection, CRONS)
        assert await ticks(connection) == 1

    async def test_leaves_out_what_was_missed_without_catch_up(self, connection: Raw) -> None:
        await change(connection, "next_at = now() - interval '3 days', catch_up = false")
        await tick(connection, CRONS)
        assert await ticks(connection) == 0
        await change(connection, "next_at = now() - interval '20 seconds'")
        await tick(connection, CRONS)
        assert await ticks(connection) == 1

    async def test_leaves_the_unknown_and_the_disabled(self, connection: Raw) -> None:
        await change(connection, "next_at = now(), enabled = false")
        await connection.execute(
            "insert into platform_schedule (id, task, cron, next_at)"
            " values (gen_random_uuid(), 'newer.task', '* * * * *', now())"
        )
        await tick(connection, CRONS)
        assert await connection.fetchval("select count(*) from platform_outbox") == 0

    async def test_disables_what_nobody_can_read(self, connection: Raw) -> None:
        await change(connection, "next_at = now(), timezone = 'Mars/Olympus'")
        await tick(connection, CRONS)
        after = await schedule(connection)
        assert not after["enabled"]
        assert "Mars/Olympus" in after["last_error"]

    async def test_keeps_what_an_administrator_changed(self, connection: Raw) -> None:
        await change(connection, "cron = '0 0 1 1 *'")
        await seed(connection, CRONS)
        assert (await schedule(connection))["cron"] == "0 0 1 1 *"

    async def test_leaves_the_tick_to_the_one_who_leads(self, probed: Infra, connection: Raw) -> None:
        await change(connection, "next_at = now()")
        other = await probed.database.connect(DbRole.SYSTEM)
        async with other.transaction():
            await other.execute("select pg_advisory_xact_lock(7309218442)")
            await tick(connection, CRONS)
            assert await ticks(connection) == 0
        await tick(connection, CRONS)
        assert await ticks(connection) == 1
        await other.close()

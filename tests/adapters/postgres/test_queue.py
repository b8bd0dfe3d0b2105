"""The rows of the outbox: whose they are, how long, and what becomes of them."""

import json
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import asyncpg
import pytest

from shoplytics.adapters.postgres.inbox import PgInbox
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.outbox import PgOutbox
from shoplytics.adapters.postgres.queue import MAX_ATTEMPTS, LeaseLost, Queue, Row
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.events import Event
from shoplytics.kernel.ids import new_id

JOB, EVENT = "a.job", "an.event"


class Delivered(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "a.delivery"

    inbox_id: UUID


def queue_of(infra: Infra, *, lease_seconds: float = 60) -> Queue:
    return Queue(infra.database, jobs=[JOB], rest=[EVENT], lease_seconds=lease_seconds)


async def add(infra: Infra, *tasks: str) -> list[UUID]:
    ids = [new_id() for _ in tasks]
    for row_id, task in zip(ids, tasks, strict=True):
        await queue_of(infra).add(row_id, task, "{}")
    return ids


async def state(infra: Infra, row_id: UUID) -> asyncpg.Record:
    pool = infra.database.pool(DbRole.SYSTEM)
    found = await pool.fetchrow("select *, due_at - now() as wait from platform_outbox where id = $1", row_id)
    assert found is not None
    return found


async def finish(infra: Infra, row: Row) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        await queue_of(infra).done(work, row)
        await work.commit()


class TestClaim:
    async def test_takes_the_oldest_rows_up_to_the_limit(self, infra: Infra) -> None:
        ids = await add(infra, EVENT, EVENT, EVENT)
        rows = await queue_of(infra).claim(2, jobs=1)
        assert {row.id for row in rows} == set(ids[:2])
        assert {row.attempts for row in rows} == {1}

    async def test_takes_no_more_jobs_than_it_may(self, infra: Infra) -> None:
        await add(infra, JOB, JOB, EVENT, EVENT)
        rows = await queue_of(infra).claim(3, jobs=1)
        assert sorted(row.task for row in rows) == [JOB, EVENT, EVENT]

    async def test_takes_a_row_once(self, infra: Infra) -> None:
        (row_id,) = await add(infra, EVENT)
        assert len(await queue_of(infra).claim(5, jobs=5)) == 1
        assert await queue_of(infra).claim(5, jobs=5) == []
        assert await queue_of(infra).claim_one(row_id) is None

    async def test_takes_it_again_when_the_lease_is_over(self, infra: Infra) -> None:
        await add(infra, EVENT)
        (first,) = await queue_of(infra, lease_seconds=0).claim(1, jobs=0)
        (second,) = await queue_of(infra).claim(1, jobs=0)
        assert second.attempts == 2
        with pytest.raises(LeaseLost):
            await finish(infra, first)
        await finish(infra, second)

    async def test_leaves_tasks_it_does_not_know(self, infra: Infra) -> None:
        (row_id,) = await add(infra, "newer.task")
        assert await queue_of(infra).claim(5, jobs=5) == []
        assert await queue_of(infra).claim_one(row_id) is None
        assert await queue_of(infra).due(5) == []

    async def test_names_due_rows_but_those_known(self, infra: Infra) -> None:
        ids = await add(infra, EVENT, JOB)
        assert await queue_of(infra).due(5) == ids
        assert await queue_of(infra).due(5, but=ids[:1]) == ids[1:]


class TestRow:
    async def test_is_held_longer_when_renewed(self, infra: Infra) -> None:
        (row_id,) = await add(infra, EVENT)
        rows = await queue_of(infra, lease_seconds=10).claim(1, jobs=0)
        await queue_of(infra, lease_seconds=100).renew(rows)
        assert (await state(infra, row_id))["wait"] > timedelta(seconds=50)

    async def test_is_renewed_though_another_is_being_marked_done(self, infra: Infra) -> None:
        ids = await add(infra, EVENT, EVENT)
        rows = await queue_of(infra, lease_seconds=10).claim(2, jobs=0)
        async with infra.database.work(DbRole.SYSTEM) as work:
            await queue_of(infra).done(work, next(row for row in rows if row.id == ids[0]))
            await queue_of(infra, lease_seconds=100).renew(rows)
        assert (await state(infra, ids[1]))["wait"] > timedelta(seconds=50)

    async def test_is_done_once(self, infra: Infra) -> None:
        await add(infra, EVENT)
        (row,) = await queue_of(infra).claim(1, jobs=0)
        await finish(infra, row)
        with pytest.raises(LeaseLost):
            await finish(infra, row)

    async def test_waits_longer_after_each_failure(self, infra: Infra) -> None:
        (row_id,) = await add(infra, EVENT)
        pool = infra.database.pool(DbRole.SYSTEM)
        for attempt in (1, 2, 3):
            row = await queue_of(infra).claim_one(row_id)
            assert row is not None
            assert not await queue_of(infra).fail(row, "RuntimeError: no")
            wait = (await state(infra, row_id))["wait"].total_seconds()
            assert 0.5 * 2 ** (attempt - 1) - 1 < wait <= 1.5 * 2 ** (attempt - 1)
            await pool.execute("update platform_outbox set due_at = now()")

    async def test_fails_for_good_and_is_retried_by_hand(self, infra: Infra) -> None:
        (row_id,) = await add(infra, EVENT)
        pool = infra.database.pool(DbRole.SYSTEM)
        await pool.execute("update platform_outbox set attempts = $1", MAX_ATTEMPTS - 1)
        row = await queue_of(infra).claim_one(row_id)
        assert row is not None
        assert await queue_of(infra).fail(row, "RuntimeError: no")
        assert (await state(infra, row_id))["last_error"] == "RuntimeError: no"
        await pool.execute("update platform_outbox set due_at = now()")
        assert await queue_of(infra).claim_one(row_id) is None
        assert await queue_of(infra).retry(row_id)
        assert not await queue_of(infra).retry(row_id)
        again = await queue_of(infra).claim_one(row_id)
        assert again is not None
        assert again.attempts == 1

    async def test_given_back_is_no_attempt(self, infra: Infra) -> None:
        (row_id,) = await add(infra, EVENT)
        (row,) = await queue_of(infra).claim(1, jobs=0)
        await queue_of(infra).give_back(row)
        (again,) = await queue_of(infra).claim(1, jobs=0)
        assert (again.id, again.attempts) == (row_id, 1)

    async def test_is_purged_when_done_for_long(self, infra: Infra) -> None:
        old, fresh, failed = await add(infra, EVENT, EVENT, EVENT)
        pool = infra.database.pool(DbRole.SYSTEM)
        await pool.execute(
            "update platform_outbox set done_at = now() - interval '4 days' where id = $1", old
        )
        await pool.execute("update platform_outbox set done_at = now() where id = $1", fresh)
        await pool.execute(
            "update platform_outbox set failed_at = now() - interval '9 days' where id = $1", failed
        )
        assert await queue_of(infra).purge() == 1
        left = await pool.fetch("select id from platform_outbox order by id")
        assert [row["id"] for row in left] == [fresh, failed]


class TestLeases:
    async def test_hold_no_more_than_there_are_slots(self, infra: Infra) -> None:
        await add(infra, *[EVENT] * 5)
        leases = Leases(queue_of(infra), slots=3)
        rows = await leases.claim()
        assert (len(rows), leases.free, await leases.claim()) == (3, 0, [])
        leases.drop(rows[0])
        assert len(await leases.claim()) == 1

    async def test_hand_a_row_out_once(self, infra: Infra) -> None:
        await add(infra, EVENT)
        leases = Leases(queue_of(infra), slots=3)
        (row,) = await leases.claim()
        assert await leases.take(row.id) == row
        assert await leases.take(row.id) is None

    async def test_give_back_what_was_not_begun(self, infra: Infra) -> None:
        await add(infra, EVENT, JOB)
        leases = Leases(queue_of(infra), slots=4)
        assert len(await leases.claim()) == 2
        assert await leases.give_back() == 2
        assert len(await queue_of(infra).claim(5, jobs=5)) == 2


class TestInbox:
    async def test_keeps_a_delivery_once(self, infra: Infra) -> None:
        async def deliver(body: bytes) -> bool:
            event = Delivered(inbox_id=new_id())
            async with infra.database.work(DbRole.SYSTEM) as work:
                outbox = PgOutbox(work, {Delivered.type: (EVENT,)}, bell=infra.bell)
                kept = await PgInbox(work, outbox).keep(
                    inbox_id=event.inbox_id,
                    source="shopify",
                    delivery_id="7",
                    topic="orders/create",
                    headers={"x-id": "7"},
                    body=body,
                    event=event,
                )
                await work.commit()
            return kept

        assert await deliver(b"\x00first")
        assert not await deliver(b"second")
        (row,) = await queue_of(infra).claim(5, jobs=0)
        pool = infra.database.pool(DbRole.SYSTEM)
        kept = await pool.fetchrow("select * from platform_inbox")
        assert kept is not None
        assert (kept["body"], json.loads(kept["headers"])) == (b"\x00first", {"x-id": "7"})
        assert json.loads(row.payload)["inbox_id"] == str(kept["id"])

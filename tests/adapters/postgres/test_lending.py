"""Connections of the pools: lent one at a time, given back whole, found anew when the server lost them."""

import asyncio
import re

import asyncpg
import pytest

from shoplytics.adapters.postgres.catalog.reservations import COMMIT, RELEASE
from shoplytics.adapters.postgres.lending import Pool
from shoplytics.adapters.postgres.payments.records import LIVE
from shoplytics.adapters.postgres.payments.state import BY_REFERENCE, CLAIM
from shoplytics.adapters.postgres.work import Raw
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole

PID = "select pg_backend_pid()"
ID = "'01a21d8e-4876-724f-b46d-8270ab5a67c3'"


def pool_of(infra: Infra, *, size: int, seconds: float = 10.0) -> Pool:
    async def connect() -> Raw:
        return await infra.database.connect(DbRole.SYSTEM)

    return Pool(connect, size=size, seconds=seconds)


class TestPool:
    async def test_lends_the_one_used_last(self, infra: Infra) -> None:
        pool = pool_of(infra, size=3)
        async with pool.acquire() as first, pool.acquire() as second:
            pids = await first.fetchval(PID), await second.fetchval(PID)
        assert pids[0] != pids[1]
        assert await pool.fetchval(PID) == pids[0]  # given back after the other
        row = await pool.fetchrow(PID)
        assert row is not None
        assert (row[0], (await pool.fetch(PID))[0][0]) == (pids[0], pids[0])
        assert await pool.execute("select 1") == "SELECT 1"
        await pool.close()

    async def test_lets_wait_who_comes_when_all_are_lent(self, infra: Infra) -> None:
        pool = pool_of(infra, size=1)
        async with pool.acquire() as held:
            waiting = asyncio.create_task(pool.fetchval(PID))
            await asyncio.sleep(0)
            assert not waiting.done()
            pid = await held.fetchval(PID)
        assert await waiting == pid
        await pool.close()

    async def test_refuses_who_waits_too_long(self, infra: Infra) -> None:
        pool = pool_of(infra, size=1, seconds=0.01)
        async with pool.acquire() as held:
            with pytest.raises(TimeoutError):
                await pool.fetchval(PID)
            pid = await held.fetchval(PID)
        assert await pool.fetchval(PID) == pid  # whoever gave up took nothing with them
        await pool.close()

    async def test_replaces_what_the_server_lost(self, infra: Infra) -> None:
        pool = pool_of(infra, size=1)
        for _ in range(3):
            with pytest.raises(asyncpg.PostgresError):
                await pool.execute("select pg_terminate_backend(pg_backend_pid())")
            assert await pool.fetchval("select 1") == 1
        await pool.close()

    async def test_is_whole_after_failures_and_cancellations(self, infra: Infra) -> None:
        pool = pool_of(infra, size=2)
        for _ in range(6):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await pool.fetchval("select 1 / 0")
            sleeping = asyncio.create_task(pool.fetchval("select pg_sleep(60)"))
            await asyncio.sleep(0.01)
            sleeping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sleeping
        assert await pool.fetchval("select 1") == 1
        async with pool.acquire(), pool.acquire():
            pass
        await pool.close()

    async def test_keeps_no_transaction_of_somebody_who_was_cancelled_twice(self, infra: Infra) -> None:
        pool = pool_of(infra, size=1)

        async def long() -> None:
            async with pool.acquire() as raw, raw.transaction():
                await raw.execute("select pg_sleep(60)")

        task = asyncio.create_task(long())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await pool.fetchval("select 1") == 1
        await pool.close()

    async def test_gives_room_back_when_there_is_no_server(self, infra: Infra) -> None:
        async def connect() -> Raw:
            raise OSError

        pool = Pool(connect, size=1, seconds=10)
        for _ in range(2):
            with pytest.raises(OSError):  # noqa: PT011 - as it came
                await pool.fetchval(PID)

    async def test_closes_what_comes_back_after_its_end(self, infra: Infra) -> None:
        pool = pool_of(infra, size=1)
        async with pool.acquire() as held:
            await pool.close()
        assert held.is_closed()


class TestKeyedWork:
    async def test_reads_without_a_transaction_and_begins_one_to_write(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM, keyed=True) as work:
            await work.reading.fetchval("select 1")
            assert not work.reading.is_in_transaction()
            assert await work.raw.fetchval("select current_user") == "shop_system"
            assert work.reading.is_in_transaction()
            assert work.reading is work.raw

    async def test_commits_nothing_where_nothing_began(self, infra: Infra) -> None:
        ran: list[str] = []

        async def after() -> None:
            ran.append("after")

        async with infra.database.work(DbRole.SYSTEM, keyed=True) as work:
            await work.reading.fetchval("select 1")
            work.after_commit(after)
            await work.commit()
        assert ran == ["after"]

    async def test_is_the_systems_alone(self, infra: Infra) -> None:
        with pytest.raises(ValueError, match="shop_store"):
            infra.database.work(DbRole.STORE, keyed=True)

    async def test_has_no_session(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM, keyed=True) as work:
            with pytest.raises(RuntimeError):
                _ = work.session

    async def test_is_over_with_its_commit(self, infra: Infra) -> None:
        for keyed in (True, False):
            async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
                kept = work.raw
                await work.commit()
                for late in ("raw", "reading", "session"):
                    with pytest.raises(RuntimeError):
                        getattr(work, late)
                with pytest.raises(RuntimeError):
                    await work.commit()
            if keyed:
                with pytest.raises(RuntimeError):
                    await kept.fetchval("select 1")

    @pytest.mark.parametrize(
        ("types", "sql", "values", "index"),
        [
            ("text, text", BY_REFERENCE, "'a', null", "payments_payment_reference"),
            ("uuid", LIVE, ID, "payments_payment_(live|checkout)"),
            ("uuid", CLAIM, ID, "payments_payment_pkey"),
            ("uuid[], timestamptz, text", COMMIT, f"array[{ID}::uuid], now(), 'a'", r"catalog_offer_\w+"),
            ("uuid[], timestamptz", RELEASE, f"array[{ID}::uuid], now()", r"catalog_offer_\w+"),
        ],
        ids=["by_reference", "live", "claim", "commit", "release"],
    )
    async def test_finds_by_the_index_however_small_the_table_seems(
        self, *, infra: Infra, owner_url: str, types: str, sql: str, values: str, index: str
    ) -> None:
        """A plan for all values, made while the table was empty, would go on reading it all."""
        owner = await asyncpg.connect(owner_url)
        await owner.execute("analyze payments_payment, catalog_offer, catalog_reservation")
        await owner.close()
        async with infra.database.units.acquire() as raw:
            await raw.execute(f"prepare found ({types}) as {sql}")
            plan = "\n".join(row[0] for row in await raw.fetch(f"explain execute found ({values})"))
            await raw.execute("deallocate found")
        # By its index or by a bitmap of it, whichever the statistics that others left behind make cheaper.
        assert re.search(rf"{index}\b[^\n]*\n *Index Cond:", plan), plan
        assert re.search(r"Index (Only )?Scan using [^\n]*\n(?! *Index Cond)", plan) is None, plan
        assert "Seq Scan" not in plan

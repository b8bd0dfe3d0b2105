"""The unit of work: one transaction, one scope, nothing left behind."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.ids import new_id

ADD = "insert into platform_outbox (id, task, payload) values ($1, 'a.task', '{}')"


async def count(work: Work) -> int:
    found: int = await work.raw.fetchval("select count(*) from platform_outbox")
    return found


async def twice(work: Work, kept: UUID) -> None:
    async with work.savepoint():
        await work.raw.execute(ADD, new_id())
        await work.raw.execute(ADD, kept)


@pytest.fixture(params=[False, True], ids=["engine", "keyed"])
def keyed(request: pytest.FixtureRequest) -> bool:
    """Both ways to a connection."""
    return bool(request.param)


class TestWork:
    async def test_commits_only_when_told(self, infra: Infra, keyed: bool) -> None:
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            await work.raw.execute(ADD, new_id())
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            assert await count(work) == 0
            await work.raw.execute(ADD, new_id())
            await work.commit()
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            assert await count(work) == 1

    async def test_shares_one_transaction_between_session_and_raw(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.session.execute(
                text("insert into platform_outbox values (:id, 't', null, null, null, '{}')"),
                {"id": new_id()},
            )
            assert await count(work) == 1
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert await count(work) == 0

    async def test_commits_what_the_session_holds(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.session.execute(
                text("insert into platform_outbox values (:id, 't', null, null, null, '{}')"),
                {"id": new_id()},
            )
            await work.commit()
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert await count(work) == 1

    async def test_leaves_no_role_or_scope_on_the_connection(self, infra: Infra) -> None:
        store = uuid4()
        seen: set[tuple[str, str]] = set()
        for role, stores in ((DbRole.STORE, [store]), (DbRole.SYSTEM, [])):
            async with infra.database.work(role, store_ids=stores) as work:
                row = await work.raw.fetchrow("select current_user::text, current_setting('app.store_ids')")
                assert row is not None
                seen.add((row[0], row[1]))
                await work.commit()
        assert seen == {("shop_store", "{" + str(store) + "}"), ("shop_system", "")}

    async def test_runs_actions_only_after_a_commit(self, infra: Infra, keyed: bool) -> None:
        ran: list[str] = []

        async def action() -> None:
            ran.append("ran")

        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            work.after_commit(action)
        assert ran == []
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            work.after_commit(action)
            await work.commit()
        assert ran == ["ran"]

    async def test_keeps_independent_work_when_rolled_back(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work, work.independent() as other:
            await other.raw.execute(ADD, new_id())
            await other.commit()
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert await count(work) == 1

    async def test_refuses_to_commit_what_has_failed(self, infra: Infra, keyed: bool) -> None:
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            await work.raw.execute(ADD, new_id())
            with pytest.raises(asyncpg.DivisionByZeroError):
                await work.raw.execute("select 1 / 0")
            with pytest.raises(RuntimeError):
                await work.commit()
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            assert await count(work) == 0

    async def test_leaves_no_transaction_behind_when_cancelled(self, infra: Infra, keyed: bool) -> None:
        async def long() -> None:
            async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
                await work.raw.execute(ADD, new_id())
                await work.raw.execute("select pg_sleep(60)")

        for _ in range(12):  # more often than there are connections
            task = asyncio.create_task(long())
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            assert await count(work) == 0
            left = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
            assert await work.raw.fetchval(left) == 0

    async def test_undoes_what_failed_after_a_savepoint_and_goes_on(self, infra: Infra, keyed: bool) -> None:
        kept = new_id()
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            await work.raw.execute(ADD, kept)
            with pytest.raises(asyncpg.UniqueViolationError):
                await twice(work, kept)
            async with work.savepoint():
                await work.raw.execute(ADD, new_id())
            await work.commit()
        async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
            assert await count(work) == 2

    async def test_plans_for_all_values_only_where_all_is_keyed(self, infra: Infra) -> None:
        found = []
        for keyed in (True, False):
            async with infra.database.work(DbRole.SYSTEM, keyed=keyed) as work:
                found.append(await work.raw.fetchval("show plan_cache_mode"))
        assert found == ["force_generic_plan", "auto"]


class TestStoreScope:
    async def test_shows_only_the_stores_in_scope(self, infra: Infra, owner_url: str) -> None:
        mine, other = uuid4(), uuid4()
        owner = await asyncpg.connect(owner_url)
        for store in (mine, other):
            await owner.execute(
                "insert into platform_job (id, store_id, kind, payload) values ($1, $2, 'k', '{}')",
                new_id(),
                store,
            )
        await owner.close()
        async with infra.database.work(DbRole.STORE, store_ids=[mine]) as work:
            rows = await work.raw.fetch("select store_id from platform_job")
        assert [row["store_id"] for row in rows] == [mine]

    @pytest.mark.parametrize("stores", [[], [UUID(int=1)]])
    async def test_refuses_a_row_of_another_store(self, infra: Infra, stores: list[UUID]) -> None:
        async with infra.database.work(DbRole.STORE, store_ids=stores) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute(
                    "insert into platform_job (id, store_id, kind, payload) values ($1, $2, 'k', '{}')",
                    new_id(),
                    uuid4(),
                )

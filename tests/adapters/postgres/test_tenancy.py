"""Stores and members in a real database, under its walls."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.fakes import Clock

from shoplytics.adapters.postgres.tenancy import (
    PgMembers,
    PgMemberships,
    PgStoreDirectory,
    PgStores,
    RecentStoreDirectory,
)
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole, StoreRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain import SlugTaken, Store
from shoplytics.ports.identity import UserCard

ADD_MEMBER = "insert into tenancy_member (store_id, user_id, role, email) values ($1, $2, $3, 'x@y.z')"


def store_of(owner_id: UUID, slug: str, *, active: bool = True) -> Store:
    now = utc_now()
    return Store(
        owner_id=owner_id,
        name=slug.title(),
        slug=slug,
        currency="GBP",
        timezone="Europe/London",
        low_stock_threshold=3,
        active=active,
        created_at=now,
        updated_at=now,
    )


async def opened(infra: Infra, owner_id: UUID, slug: str, *, active: bool = True) -> Store:
    """As `shop_user`, the way people open stores."""
    store = store_of(owner_id, slug, active=active)
    async with infra.database.work(DbRole.USER, user_id=owner_id) as work:
        assert await PgStores(work).add(store)
        card = UserCard(id=owner_id, email="a@example.com", name="A", version=1)
        await PgMembers(work).add(store_id=store.id, user=card, role=StoreRole.OWNER, now=store.created_at)
        await work.commit()
    return store


class TestOpening:
    async def test_gives_the_owner_the_store(self, infra: Infra) -> None:
        ada = uuid4()
        store = await opened(infra, ada, "tea")
        assert await PgMemberships(infra.database).of_user(ada) == {store.id: StoreRole.OWNER}

    async def test_tells_when_a_slug_is_taken_even_by_a_hidden_store(self, infra: Infra) -> None:
        await opened(infra, uuid4(), "tea", active=False)
        eve = uuid4()
        async with infra.database.work(DbRole.USER, user_id=eve) as work:
            assert not await PgStores(work).add(store_of(eve, "tea"))

    async def test_is_for_oneself_only(self, infra: Infra) -> None:
        eve = uuid4()
        async with infra.database.work(DbRole.USER, user_id=eve) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute(
                    "insert into tenancy_store"
                    " (id, owner_id, name, slug, currency, timezone, low_stock_threshold)"
                    " values ($1, $2, 'x', 'x', 'GBP', 'UTC', 0)",
                    uuid4(),
                    uuid4(),
                )

    @pytest.mark.parametrize("role", ["owner", "manager", "staff", "analyst"])
    async def test_lets_nobody_join_anothers_store(self, infra: Infra, role: str) -> None:
        store, eve = await opened(infra, uuid4(), "tea"), uuid4()
        async with infra.database.work(DbRole.USER, user_id=eve, store_ids=[store.id]) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute(ADD_MEMBER, store.id, eve, role)


class TestWalls:
    async def test_hide_stores_that_are_not_active(self, infra: Infra) -> None:
        ada = uuid4()
        shown = await opened(infra, ada, "shown")
        hidden = await opened(infra, ada, "hidden", active=False)
        for role, user, mine, expected in (
            (DbRole.PUBLIC, None, [], {shown.id}),
            (DbRole.USER, uuid4(), [], {shown.id}),
            (DbRole.USER, uuid4(), [hidden.id], {shown.id, hidden.id}),
            (DbRole.USER, ada, [], {shown.id, hidden.id}),
            (DbRole.STORE, None, [hidden.id], {hidden.id}),
            (DbRole.STORE, None, [], set()),
        ):
            async with infra.database.work(role, user_id=user, store_ids=mine) as work:
                rows = await work.raw.fetch("select id from tenancy_store")
                assert {row["id"] for row in rows} == expected

    async def test_keep_a_store_from_being_taken_over(self, infra: Infra) -> None:
        store, eve = await opened(infra, uuid4(), "tea"), uuid4()
        for statement in (
            f"update tenancy_store set owner_id = '{eve}' where id = '{store.id}'",
            f"update tenancy_store set deleted_at = now() where id = '{store.id}'",
            f"delete from tenancy_store where id = '{store.id}'",
        ):
            async with infra.database.work(DbRole.USER, user_id=eve) as work:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await work.raw.execute(statement)

    async def test_show_members_to_their_store_and_each_to_themselves(self, infra: Infra) -> None:
        ada, bob = uuid4(), uuid4()
        tea, ink = await opened(infra, ada, "tea"), await opened(infra, bob, "ink")
        for role, user, mine in ((DbRole.STORE, None, [tea.id]), (DbRole.USER, ada, [tea.id, ink.id])):
            async with infra.database.work(role, user_id=user, store_ids=mine) as work:
                rows = await work.raw.fetch("select user_id from tenancy_member")
                assert [row["user_id"] for row in rows] == [ada]

    @pytest.mark.parametrize(
        "statement", ["update tenancy_audit set actor = ''", "delete from tenancy_audit"]
    )
    @pytest.mark.parametrize("role", list(DbRole))
    async def test_let_nobody_rewrite_the_audit_log(self, infra: Infra, role: DbRole, statement: str) -> None:
        async with infra.database.work(role, user_id=uuid4(), store_ids=[uuid4()]) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute(statement)


class TestStores:
    async def test_refuse_a_slug_that_is_taken(self, infra: Infra) -> None:
        await opened(infra, uuid4(), "tea")
        ink = await opened(infra, uuid4(), "ink")
        ink.slug = "tea"
        async with infra.database.work(DbRole.STORE, store_ids=[ink.id]) as work:
            with pytest.raises(SlugTaken):
                await PgStores(work).save(ink)

    async def test_keep_the_newest_copy_of_a_members_name(self, infra: Infra) -> None:
        store = await opened(infra, ada := uuid4(), "tea")
        async with infra.database.work(DbRole.SYSTEM) as work:
            members = PgMembers(work)
            for version, name in ((3, "Ada III"), (2, "Ada II")):
                await members.refresh(UserCard(id=ada, email="a@b.c", name=name, version=version))
            found = await members.of_store(store_id=store.id, after=None, limit=9)
            assert [member.name for member in found] == ["Ada III"]


class TestFacts:
    async def test_end_with_the_store(self, infra: Infra) -> None:
        ada = uuid4()
        store = await opened(infra, ada, "tea")
        clock = Clock()
        recent = RecentStoreDirectory(infra.database, monotonic=clock.seconds)
        assert (await recent.facts(store.id)).currency == "GBP"
        async with infra.database.work(DbRole.STORE, store_ids=[store.id]) as work:
            store.deleted_at = utc_now()
            await PgStores(work).save(store)
            with pytest.raises(NotFound):
                await PgStoreDirectory(work).facts(store.id)
            await work.commit()
        assert (await recent.facts(store.id)).name == "Tea"
        clock.pass_(seconds=1)
        with pytest.raises(NotFound):
            await recent.facts(store.id)
        assert await PgMemberships(infra.database).of_user(ada) == {}

"""Stores: opened, changed, deleted and brought back."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from tests.fakes import NOON, Clock, KeptAudit, KeptMails, KeptOutbox
from tests.fakes.identity import MemoryUsers
from tests.fakes.tenancy import Facts, MemoryInvitations, MemoryMembers, MemoryStores
from tests.pictures import KeptJobs, MemoryPictures

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import Invalid, NotFound, Stale
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.tenancy.domain import ImmutableSetting, SlugTaken
from shoplytics.modules.tenancy.schemas import NewStore, StoreChange
from shoplytics.modules.tenancy.service import (
    InvitationLetters,
    Logos,
    StaffNotices,
    StoreDefaults,
    TenancyService,
)
from shoplytics.ports.identity import UserChanged
from shoplytics.ports.tenancy import StoreChanged, StoreCreated, StoreView


@dataclass
class Market:
    ada: Actor
    stores: MemoryStores
    audit: KeptAudit
    outbox: KeptOutbox
    tenancy: TenancyService

    async def open(self, name: str = "Tea & More", slug: str | None = None) -> StoreView:
        return await self.tenancy.create(actor=self.ada, form=NewStore(name=name, slug=slug))

    async def change(self, store: StoreView, change: StoreChange, if_match: int | None = None) -> StoreView:
        return await self.tenancy.change(actor=self.ada, store_id=store.id, change=change, if_match=if_match)


@pytest.fixture
def market() -> Market:
    users, stores, audit, outbox = MemoryUsers(), MemoryStores(), KeptAudit(), KeptOutbox()
    user = User(email="ada@example.com", first_name="Ada", created_at=NOON)
    users.rows[user.id] = user
    logos = Logos(
        stores=stores, jobs=KeptJobs(), pictures=MemoryPictures(), audit=audit, outbox=outbox, clock=Clock()
    )
    tenancy = TenancyService(
        stores=stores,
        members=MemoryMembers(stores),
        users=users,
        audit=audit,
        outbox=outbox,
        letters=InvitationLetters(invitations=MemoryInvitations(), mails=KeptMails(), public_url=""),
        notices=StaffNotices(users=users, stores=Facts(), mails=KeptMails()),
        logos=logos,
        defaults=StoreDefaults(currency="NGN", low_stock_threshold=5),
        clock=Clock(),
    )
    return Market(Actor(kind=ActorKind.USER, user_id=user.id), stores, audit, outbox, tenancy)


class TestOpen:
    async def test_makes_its_creator_the_owner(self, market: Market) -> None:
        store = await market.open()
        assert (store.slug, store.role) == ("tea-more", StoreRole.OWNER)
        members = market.stores.roles.values()
        assert [(m.email, m.name, m.role) for m in members] == [("ada@example.com", "Ada", StoreRole.OWNER)]
        assert [row[1:] for row in market.audit.rows] == [("stores.create", f"store:{store.id}")]

    async def test_takes_the_deployments_defaults(self, market: Market) -> None:
        store = await market.open()
        assert (store.currency, store.timezone, store.low_stock_threshold) == ("NGN", "UTC", 5)

    async def test_tells_the_other_modules(self, market: Market) -> None:
        store = await market.open()
        created, changed = market.outbox.events
        assert isinstance(created, StoreCreated)
        assert isinstance(changed, StoreChanged)
        assert (created.owner_id, changed.version) == (market.ada.user_id, 1)
        assert changed.facts.id == changed.store_id == store.id

    async def test_is_harmless_twice(self, market: Market) -> None:
        first, second = await market.open(), await market.open()
        assert first.slug != second.slug
        assert second.slug.startswith("tea-more-")
        page = await market.tenancy.my_stores(actor=market.ada, cursor=None, limit=20)
        assert {store.role for store in page.items} == {StoreRole.OWNER}

    async def test_refuses_a_chosen_slug_that_is_taken(self, market: Market) -> None:
        await market.open(slug="tea")
        with pytest.raises(SlugTaken):
            await market.open(slug="tea")

    @pytest.mark.parametrize(
        ("name", "slug"),
        [("\u8336\u548c\u66f4\u591a", "cha-he-geng-duo"), ("!!!", "store"), ("A" * 120, "a" * 52)],
    )
    async def test_makes_a_slug_of_any_name(self, market: Market, name: str, slug: str) -> None:
        assert (await market.open(name)).slug == slug

    async def test_reports_every_mistake_at_once(self, market: Market) -> None:
        form = NewStore(name="  ", slug="Not A Slug", currency="XXX", timezone="Mars/Olympus")
        with pytest.raises(Invalid) as refused:
            await market.tenancy.create(actor=market.ada, form=form)
        assert {error.pointer for error in refused.value.errors} == {
            "/name",
            "/slug",
            "/currency",
            "/timezone",
        }

    @pytest.mark.parametrize(
        "name", ["localtime", "Factory", "posixrules", "right/UTC", "posix/UTC", "EST5EDT"]
    )
    async def test_refuses_a_zone_that_is_no_place(self, market: Market, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            await market.tenancy.create(actor=market.ada, form=NewStore(name="Tea", timezone=name))
        assert [error.code for error in refused.value.errors] == ["unknown_timezone"]


class TestChange:
    async def test_changes_only_what_is_sent(self, market: Market) -> None:
        store = await market.open()
        changed = await market.change(store, StoreChange(name="Tea", active=False), if_match=1)
        assert (changed.name, changed.active, changed.slug, changed.version) == ("Tea", False, "tea-more", 2)
        event = market.outbox.of(StoreChanged)[-1]
        assert isinstance(event, StoreChanged)
        assert (event.version, event.facts.active) == (2, False)

    async def test_refuses_a_stale_version(self, market: Market) -> None:
        with pytest.raises(Stale):
            await market.change(await market.open(), StoreChange(name="Tea"), if_match=2)

    @pytest.mark.parametrize("change", [StoreChange(currency="USD"), StoreChange(timezone="Africa/Lagos")])
    async def test_never_moves_the_numbers_ground(self, market: Market, change: StoreChange) -> None:
        with pytest.raises(ImmutableSetting):
            await market.change(await market.open(), change)

    async def test_accepts_currency_and_zone_as_they_are(self, market: Market) -> None:
        same = StoreChange(currency="NGN", timezone="UTC", low_stock_threshold=0)
        assert (await market.change(await market.open(), same)).low_stock_threshold == 0

    @pytest.mark.parametrize("change", [StoreChange(), StoreChange(name="Tea & More", active=True)])
    async def test_leaves_the_version_alone_when_nothing_changes(
        self, market: Market, change: StoreChange
    ) -> None:
        store = await market.open()
        told = len(market.outbox.of(StoreChanged))
        assert await market.change(store, change, if_match=1) == await market.change(store, StoreChange())
        assert (await market.change(store, StoreChange(), if_match=1)).version == 1
        assert len(market.outbox.of(StoreChanged)) == told
        assert [row[1] for row in market.audit.rows] == ["stores.create"]
        with pytest.raises(Stale):
            await market.change(store, change, if_match=2)

    async def test_refuses_another_stores_slug(self, market: Market) -> None:
        await market.open(slug="tea")
        with pytest.raises(SlugTaken):
            await market.change(await market.open(), StoreChange(slug="tea"))


class TestDelete:
    async def test_is_undone_by_the_owner_alone(self, market: Market) -> None:
        store = await market.open()
        await market.tenancy.delete(actor=market.ada, store_id=store.id)
        with pytest.raises(NotFound):
            await market.change(store, StoreChange(name="Gone"))
        event = market.outbox.of(StoreChanged)[-1]
        assert isinstance(event, StoreChanged)
        assert not event.facts.active
        eve = Actor(kind=ActorKind.USER, user_id=uuid4())
        with pytest.raises(NotFound):
            await market.tenancy.restore(actor=eve, store_id=store.id)
        assert (await market.tenancy.restore(actor=market.ada, store_id=store.id)).version == 3
        assert [row[1] for row in market.audit.rows] == ["stores.create", "stores.delete", "stores.restore"]


class TestMembers:
    async def test_keep_up_with_a_users_name(self, market: Market) -> None:
        await market.open()
        assert market.ada.user_id is not None
        change = UserChanged(user_id=market.ada.user_id, version=2, email="a@b.c", name="Ada L")
        await market.tenancy.refresh_member(change=change)
        members = market.stores.roles.values()
        assert [(member.email, member.name) for member in members] == [("a@b.c", "Ada L")]

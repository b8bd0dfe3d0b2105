"""Accounts that end, and administrators who may not all go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.letters import Letter
from shoplytics.modules.identity.domain.leaving import Erased, LastAdmin, OwnAccount, OwnsStores
from shoplytics.modules.identity.ports.people import Rights, UserSearch
from shoplytics.modules.identity.schemas import UserRights
from shoplytics.modules.identity.service.leaving import AccountEnding
from shoplytics.modules.identity.service.people import PeopleService
from shoplytics.ports.identity import AdminUserView, AvatarDropped, UserErased
from tests.fakes import NOON, Clock, KeptAudit, KeptMails, KeptOutbox
from tests.fakes.identity import MemoryLeaving


@dataclass
class MemoryPeople:
    rows: dict[UUID, AdminUserView] = field(default_factory=dict)
    ended: list[UUID] = field(default_factory=list)

    def add(self, *, admin: bool = False) -> UUID:
        user_id = new_id()
        self.rows[user_id] = AdminUserView(
            id=user_id,
            email="ada@example.com",
            username=None,
            phone=None,
            first_name="",
            last_name="",
            email_verified=True,
            phone_verified=False,
            platform_admin=admin,
            disabled=False,
            two_factor=False,
            created_at=NOON,
            last_sign_in_at=None,
            deleted_at=None,
            erased_at=None,
            version=1,
        )
        return user_id

    async def search(self, wanted: UserSearch, *, before: UUID | None, limit: int) -> Sequence[AdminUserView]:
        return list(self.rows.values())[:limit]

    async def count(self, wanted: UserSearch) -> int:
        return len(self.rows)

    async def get(self, user_id: UUID, *, lock: bool = False) -> AdminUserView:
        if user_id not in self.rows:
            raise NotFound
        return self.rows[user_id]

    async def acting(self, user_id: UUID) -> None:
        row = await self.get(user_id)
        if not row.platform_admin or row.disabled or row.deleted_at is not None:
            raise NotFound

    async def other_admins(self, user_id: UUID) -> bool:
        others = [row for key, row in self.rows.items() if key != user_id]
        return any(row.platform_admin and not row.disabled and row.deleted_at is None for row in others)

    async def change(self, user_id: UUID, rights: Rights, *, now: datetime) -> None:
        self.rows[user_id] = msgspec.structs.replace(
            self.rows[user_id],
            disabled=rights.disabled,
            platform_admin=rights.platform_admin,
            deleted_at=now if rights.deleted else None,
        )
        self.ended.append(user_id)

    async def end_sessions(self, user_id: UUID, *, now: datetime) -> None:
        self.ended.append(user_id)


@dataclass
class Owners:
    owners: set[UUID] = field(default_factory=set)
    closed: list[UUID] = field(default_factory=list)

    async def close(self, user_id: UUID) -> None:
        self.closed.append(user_id)

    async def owns_stores(self, user_id: UUID) -> bool:
        return user_id in self.owners


@dataclass
class Office:
    people: MemoryPeople = field(default_factory=MemoryPeople)
    owners: Owners = field(default_factory=Owners)
    audit: KeptAudit = field(default_factory=KeptAudit)

    @property
    def service(self) -> PeopleService:
        return PeopleService(people=self.people, stores=self.owners, audit=self.audit, clock=Clock())


def actor(user_id: UUID) -> Actor:
    return Actor(kind=ActorKind.USER, user_id=user_id, platform_admin=True)


class TestRights:
    async def test_stay_with_one_administrator_at_least(self) -> None:
        office = Office()
        boss = office.people.add(admin=True)
        change = UserRights(platform_admin=False)
        with pytest.raises(LastAdmin):
            await office.service.change(actor=actor(boss), user_id=boss, change=change, if_match=None)
        office.people.add(admin=True)
        view = await office.service.change(actor=actor(boss), user_id=boss, change=change, if_match=None)
        assert view.platform_admin is False
        assert [action for _, action, _ in office.audit.rows] == ["users.change"]

    async def test_end_in_no_store_meanwhile(self) -> None:
        """Whoever is disabled is made nobody's only owner at the same moment."""
        office = Office()
        boss, ada = office.people.add(admin=True), office.people.add()
        for change in (UserRights(disabled=True), UserRights(disabled=False)):
            await office.service.change(actor=actor(boss), user_id=ada, change=change, if_match=None)
        assert office.owners.closed == [ada]

    async def test_are_those_of_this_moment(self) -> None:
        office = Office()
        boss, former = office.people.add(admin=True), office.people.add()
        for form in (UserRights(disabled=True), UserRights(platform_admin=False)):
            with pytest.raises(NotFound):
                await office.service.change(actor=actor(former), user_id=boss, change=form, if_match=None)
        assert office.people.ended == []

    async def test_of_oneself_do_not_end_by_being_disabled(self) -> None:
        office = Office()
        boss = office.people.add(admin=True)
        with pytest.raises(OwnAccount):
            await office.service.change(
                actor=actor(boss), user_id=boss, change=UserRights(disabled=True), if_match=None
            )

    async def test_that_change_nothing_end_no_session(self) -> None:
        office = Office()
        boss, ada = office.people.add(admin=True), office.people.add()
        await office.service.change(
            actor=actor(boss), user_id=ada, change=UserRights(disabled=False), if_match=1
        )
        assert (office.people.ended, office.audit.rows) == ([], [])


class TestDeleting:
    async def test_waits_for_stores_and_is_undone_until_erased(self) -> None:
        office = Office()
        boss, ada = office.people.add(admin=True), office.people.add()
        office.owners.owners = {ada}
        with pytest.raises(OwnsStores):
            await office.service.delete(actor=actor(boss), user_id=ada)
        office.owners.owners = set()
        await office.service.delete(actor=actor(boss), user_id=ada)
        assert (await office.service.restore(actor=actor(boss), user_id=ada)).deleted_at is None
        office.people.rows[ada].erased_at = NOON
        with pytest.raises(Erased):
            await office.service.restore(actor=actor(boss), user_id=ada)


class TestErasing:
    async def test_comes_thirty_days_after_deleting_and_is_told(self) -> None:
        early, late = new_id(), new_id()
        leaving, outbox = MemoryLeaving(), KeptOutbox()
        leaving.rows = {
            early: ("ada@example.com", False, NOON - timedelta(days=31)),
            late: ("eve@example.com", False, NOON - timedelta(days=29)),
        }
        leaving.avatars[early] = "media/avatars/a.webp"
        mails = KeptMails()
        for address in ("ada@example.com", "eve@example.com"):
            await mails.add(Letter(), to=address, cause=new_id())
        ending = AccountEnding(leaving=leaving, mails=mails, outbox=outbox)
        await ending.erase_due(now=NOON)
        await ending.erase_due(now=NOON)
        (told,) = outbox.of(UserErased)
        assert isinstance(told, UserErased)
        assert (told.user_id, told.email) == (early, "ada@example.com")
        assert leaving.erased == {early}
        await ending.forget(event=told)
        assert leaving.forgotten == {early}
        assert [sent.to for sent in mails.sent] == ["eve@example.com"]
        assert [event.key for event in outbox.events if isinstance(event, AvatarDropped)] == [
            "media/avatars/a.webp"
        ]

"""Roles that change hands, and who is told."""

from uuid import UUID

import pytest
from tests.fakes import NOON, Clock, KeptAudit, KeptMails, KeptOutbox
from tests.fakes.identity import MemoryUsers
from tests.fakes.tenancy import Facts, MemoryInvitations, MemoryMembers, MemoryStores

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.tenancy.domain import Store
from shoplytics.modules.tenancy.domain.letters import OwnershipLetter, RoleChangedLetter
from shoplytics.modules.tenancy.service import MembersService, StaffNotices
from shoplytics.ports.tenancy import OwnershipTransferred, RoleChanged


class Shop:
    """Ada's store, where Bola works."""

    def __init__(self) -> None:
        self.users, self.outbox, self.mails = MemoryUsers(), KeptOutbox(), KeptMails()
        self.ada, self.bola = self.person("ada"), self.person("bola")
        stores = MemoryStores()
        self.members = MemoryMembers(stores)
        self.store = Store(
            owner_id=self.ada,
            name="Tea",
            slug="tea",
            currency="GBP",
            timezone="UTC",
            low_stock_threshold=3,
            created_at=NOON,
            updated_at=NOON,
        )
        stores.rows[self.store.id] = self.store
        self.service = MembersService(
            members=self.members,
            invitations=MemoryInvitations(),
            users=self.users,
            audit=KeptAudit(),
            outbox=self.outbox,
            clock=Clock(),
        )
        self.notices = StaffNotices(users=self.users, stores=Facts(), mails=self.mails)
        self.actor = Actor(kind=ActorKind.USER, user_id=self.ada)

    def person(self, name: str) -> UUID:
        user = User(email=f"{name}@example.com", email_verified_at=NOON, created_at=NOON)
        self.users.rows[user.id] = user
        return user.id

    async def open(self) -> None:
        for user_id, role in ((self.ada, StoreRole.OWNER), (self.bola, StoreRole.STAFF)):
            card = await self.users.card(user_id)
            await self.members.add(store_id=self.store.id, user=card, role=role, now=NOON)

    async def change(self, role: StoreRole) -> None:
        await self.service.change_role(actor=self.actor, store_id=self.store.id, user_id=self.bola, role=role)
        await self.deliver()

    async def hand_over(self) -> None:
        await self.service.transfer(actor=self.actor, store_id=self.store.id, user_id=self.bola)
        await self.deliver()

    async def deliver(self) -> None:
        """Twice, as a worker may."""
        for event in self.outbox.events * 2:
            if isinstance(event, RoleChanged):
                await self.notices.role_changed(event=event)
            elif isinstance(event, OwnershipTransferred):
                await self.notices.ownership_transferred(event=event)


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.open()
    return shop


class TestNotices:
    async def test_tell_a_member_of_another_role(self, shop: Shop) -> None:
        await shop.change(StoreRole.STAFF)
        assert not shop.mails.sent
        await shop.change(StoreRole.MANAGER)
        assert [sent.to for sent in shop.mails.sent] == ["bola@example.com"]
        [letter] = shop.mails.to("bola@example.com")
        assert letter == RoleChangedLetter(store="Tea", role="manager", when=NOON)

    async def test_tell_both_sides_of_a_hand_over(self, shop: Shop) -> None:
        await shop.hand_over()
        told = {sent.to: sent.letter for sent in shop.mails.sent}
        assert told == {
            "ada@example.com": OwnershipLetter(
                store="Tea", gained=False, other="bola@example.com", when=NOON
            ),
            "bola@example.com": OwnershipLetter(store="Tea", gained=True, other="ada@example.com", when=NOON),
        }
        assert len(shop.mails.sent) == 2

    async def test_go_to_proved_addresses_only(self, shop: Shop) -> None:
        shop.users.rows[shop.bola].email_verified_at = None
        await shop.change(StoreRole.MANAGER)
        await shop.hand_over()
        assert [sent.to for sent in shop.mails.sent] == ["ada@example.com"]

    async def test_do_not_outlive_an_account(self, shop: Shop) -> None:
        del shop.users.rows[shop.ada]
        event = OwnershipTransferred(store_id=shop.store.id, former=shop.ada, owner=shop.bola)
        await shop.notices.ownership_transferred(event=event)
        assert not shop.mails.sent

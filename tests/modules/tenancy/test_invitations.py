"""Invitations: who may make them, and the letters they cause."""

from uuid import uuid4

import pytest
from tests.fakes import NOON, Clock, KeptAudit, KeptMails, KeptOutbox
from tests.fakes.identity import MemoryUsers
from tests.fakes.tenancy import Facts, MemoryInvitations, MemoryMembers, MemoryStores

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import Forbidden, Invalid, NotFound
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.tenancy.domain import (
    AboveOwnRole,
    EmailUnverified,
    InvitationUnknown,
    SentLately,
    Store,
    TooManyInvitations,
)
from shoplytics.modules.tenancy.domain.letters import InvitationLetter
from shoplytics.modules.tenancy.domain.people import INVITATIONS_A_DAY
from shoplytics.modules.tenancy.service import InvitationLetters, InvitationsService, InvitedService
from shoplytics.ports.tenancy import InvitationAsked, InvitationView


class House:
    """A store, and one person of every role in it."""

    def __init__(self) -> None:
        self.clock, self.outbox, self.mails = Clock(), KeptOutbox(), KeptMails()
        self.stores, self.users, self.kept = MemoryStores(), MemoryUsers(), MemoryInvitations()
        self.members = MemoryMembers(self.stores)
        self.actors: dict[StoreRole, Actor] = {}
        self.store = Store(
            owner_id=uuid4(),
            name="Tea",
            slug="tea",
            currency="GBP",
            timezone="UTC",
            low_stock_threshold=3,
            created_at=NOON,
            updated_at=NOON,
        )
        self.stores.rows[self.store.id] = self.store
        audit = KeptAudit()
        self.service = InvitationsService(
            invitations=self.kept,
            members=self.members,
            stores=Facts(),
            users=self.users,
            audit=audit,
            outbox=self.outbox,
            clock=self.clock,
        )
        self.letters = InvitationLetters(invitations=self.kept, mails=self.mails, public_url="https://x/")
        self.invited = InvitedService(
            invitations=self.kept, members=self.members, users=self.users, audit=audit, clock=self.clock
        )

    async def people(self) -> None:
        for role in StoreRole:
            actor = self.actors[role] = self.user(f"{role}@example.com", verified=True)
            assert actor.user_id is not None
            card = await self.users.card(actor.user_id)
            await self.members.add(store_id=self.store.id, user=card, role=role, now=NOON)

    async def invite(
        self, email: str, role: StoreRole = StoreRole.STAFF, by: StoreRole = StoreRole.OWNER
    ) -> InvitationView:
        return await self.service.invite(
            actor=self.actors[by], store_id=self.store.id, email=email, role=role
        )

    async def mailed(self) -> list[str]:
        """The tokens of all letters so far, the oldest first."""
        for event in self.outbox.of(InvitationAsked):
            assert isinstance(event, InvitationAsked)
            await self.letters.send(event=event)
        letters = [sent.letter for sent in self.mails.sent]
        return [letter.link.split("=")[1] for letter in letters if isinstance(letter, InvitationLetter)]

    def user(self, email: str, *, verified: bool) -> Actor:
        user = User(email=email, created_at=NOON, email_verified_at=NOON if verified else None)
        self.users.rows[user.id] = user
        return Actor(kind=ActorKind.USER, user_id=user.id)


@pytest.fixture
async def house() -> House:
    house = House()
    await house.people()
    return house


class TestInviting:
    @pytest.mark.parametrize("by", list(StoreRole))
    @pytest.mark.parametrize("role", list(StoreRole))
    async def test_gives_at_most_ones_own_role(self, house: House, by: StoreRole, role: StoreRole) -> None:
        order = list(StoreRole)
        if by not in {StoreRole.OWNER, StoreRole.MANAGER}:
            with pytest.raises(Forbidden):
                await house.invite("x@example.com", role, by)
        elif order.index(role) < order.index(by):
            with pytest.raises(AboveOwnRole):
                await house.invite("x@example.com", role, by)
        else:
            assert (await house.invite("x@example.com", role, by)).role is role

    async def test_again_changes_the_open_one(self, house: House) -> None:
        first = await house.invite("Bola@Example.com")
        with pytest.raises(SentLately):
            await house.invite("bola@example.com")
        house.clock.pass_(minutes=1)
        again = await house.invite("bola@example.com", StoreRole.ANALYST)
        assert (again.id, again.role, again.email) == (first.id, StoreRole.ANALYST, "bola@example.com")

    @pytest.mark.parametrize(
        "email", ["=?utf-8?q?x?=@example.com", "a\x00b@example.com", "a b@example.com", "x@"]
    )
    async def test_refuses_what_no_mail_reaches(self, house: House, email: str) -> None:
        with pytest.raises(Invalid) as refused:
            await house.invite(email)
        assert [(error.pointer, error.code) for error in refused.value.errors] == [
            ("/email", "invalid_email")
        ]

    async def test_is_for_those_who_proved_their_own_address(self, house: House) -> None:
        invited = await house.invite("bola@example.com")
        house.clock.pass_(minutes=1)
        owner = house.actors[StoreRole.OWNER]
        assert owner.user_id is not None
        house.users.rows[owner.user_id].email_verified_at = None
        with pytest.raises(EmailUnverified):
            await house.invite("carol@example.com")
        with pytest.raises(EmailUnverified):
            await house.service.resend(actor=owner, store_id=house.store.id, invitation_id=invited.id)

    async def test_ends_at_a_days_many(self, house: House) -> None:
        for number in range(INVITATIONS_A_DAY):
            await house.invite(f"x{number}@example.com")
        with pytest.raises(TooManyInvitations):
            await house.invite("one-more@example.com")
        house.clock.pass_(days=1, seconds=1)
        await house.invite("one-more@example.com")

    async def test_is_over_for_whoever_left(self, house: House) -> None:
        owner = house.actors[StoreRole.OWNER]
        assert owner.user_id is not None
        await house.members.remove(store_id=house.store.id, user_id=owner.user_id)
        with pytest.raises(NotFound):
            await house.invite("x@example.com")


class TestTheLetter:
    async def test_is_one_for_each_event_however_often_it_is_handled(self, house: House) -> None:
        await house.invite("bola@example.com")
        assert await house.mailed() == await house.mailed()
        bola = house.user("bola@example.com", verified=True)
        (token,) = await house.mailed()
        assert (await house.invited.accept(actor=bola, token=token)).role is StoreRole.STAFF

    async def test_that_comes_late_does_not_undo_a_newer_one(self, house: House) -> None:
        invited = await house.invite("bola@example.com")
        house.clock.pass_(minutes=1)
        owner = house.actors[StoreRole.OWNER]
        await house.service.resend(actor=owner, store_id=house.store.id, invitation_id=invited.id)
        older, newer = house.outbox.of(InvitationAsked)
        for event in (newer, older):
            assert isinstance(event, InvitationAsked)
            await house.letters.send(event=event)
        assert [sent.cause for sent in house.mails.sent] == [newer.id]

    @pytest.mark.parametrize(("email", "verified"), [("bola@example.com", False), ("eve@example.com", True)])
    async def test_opens_nothing_to_others(self, house: House, email: str, verified: bool) -> None:
        await house.invite("bola@example.com")
        (token,) = await house.mailed()
        with pytest.raises(InvitationUnknown):
            await house.invited.accept(actor=house.user(email, verified=verified), token=token)

    async def test_is_good_for_a_week(self, house: House) -> None:
        await house.invite("bola@example.com")
        (token,) = await house.mailed()
        house.clock.pass_(days=7)
        bola = house.user("bola@example.com", verified=True)
        with pytest.raises(InvitationUnknown):
            await house.invited.accept(actor=bola, token=token)

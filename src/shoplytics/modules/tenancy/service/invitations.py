"""Invitations: mailed to an address, good for a week, used once by whoever proved the address."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from shoplytics.kernel.access import MANAGERS, StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Forbidden
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.domain import (
    AlreadyMember,
    EmailUnverified,
    Invitation,
    InvitationUnknown,
    TooManyInvitations,
    may_grant,
)
from shoplytics.modules.tenancy.domain.letters import InvitationLetter
from shoplytics.modules.tenancy.domain.people import INVITATION_LIFE, INVITATIONS_A_DAY
from shoplytics.modules.tenancy.ports import InvitationRepository, MemberRepository
from shoplytics.modules.tenancy.service.actors import user_of
from shoplytics.modules.tenancy.service.people import standing
from shoplytics.ports.identity import LiveUsers, Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import (
    AuditLog,
    InvitationAsked,
    InvitationView,
    MemberView,
    StoreDirectory,
)

INVITATIONS = "invitations"
DAY = timedelta(days=1)
TOKEN_BYTES = 32


def hashed(token: str) -> bytes:
    """What is stored: 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode()).digest()


def view_of(invitation: Invitation) -> InvitationView:
    return InvitationView(
        id=invitation.id,
        store_id=invitation.store_id,
        store_name=invitation.store_name,
        email=invitation.email,
        role=invitation.role,
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )


class InvitationsService:
    """A store's side of it, in the store's unit of work. No answer depends on who has an account."""

    def __init__(
        self,
        *,
        invitations: InvitationRepository,
        members: MemberRepository,
        stores: StoreDirectory,
        users: LiveUsers,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._invitations = invitations
        self._members = members
        self._stores = stores
        self._users = users
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def invite(self, *, actor: Actor, store_id: UUID, email: str, role: StoreRole) -> InvitationView:
        """An open invitation of the same address is changed to the role and sent again.

        Raises Invalid, AboveOwnRole, EmailUnverified, AlreadyMember, SentLately, TooManyInvitations.
        """
        await self._may(actor, store_id, role)
        await self._proved(actor)
        now, address = self._clock(), normal_email(email)
        if await self._members.works(store_id=store_id, email=address):
            raise AlreadyMember
        found = await self._invitations.of_address(store_id=store_id, email=address)
        if found is not None:
            await self._may(actor, store_id, found.role)
            found.role = role
            found.invited_by = user_of(actor)
            return await self._again(actor, found, "invitations.change")
        if await self._invitations.made_since(store_id=store_id, since=now - DAY) >= INVITATIONS_A_DAY:
            raise TooManyInvitations(retry_after=int(DAY.total_seconds()) // INVITATIONS_A_DAY)
        facts = await self._stores.facts(store_id)
        invitation = Invitation(
            store_id=store_id,
            email=address,
            role=role,
            store_name=facts.name,
            invited_by=user_of(actor),
            created_at=now,
            sent_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        await self._invitations.add(invitation)
        return await self._mail(actor, invitation, "invitations.create")

    async def resend(self, *, actor: Actor, store_id: UUID, invitation_id: UUID) -> InvitationView:
        """A new link for another week; the old one is void.

        Raises SentLately, AboveOwnRole, EmailUnverified.
        """
        await self._members.lock(store_id)
        found = await self._invitations.for_update(store_id=store_id, invitation_id=invitation_id)
        await self._may(actor, store_id, found.role)
        await self._proved(actor)
        return await self._again(actor, found, "invitations.resend")

    async def revoke(self, *, actor: Actor, store_id: UUID, invitation_id: UUID) -> None:
        """Its link is void at once. Raises AboveOwnRole."""
        await self._members.lock(store_id)
        found = await self._invitations.for_update(store_id=store_id, invitation_id=invitation_id)
        await self._may(actor, store_id, found.role)
        await self._invitations.revoke(store_id=store_id, invitation_id=invitation_id, now=self._clock())
        await self._record(actor, found, "invitations.revoke")

    async def page(self, *, store_id: UUID, cursor: str | None, limit: int) -> Page[InvitationView]:
        found = await self._invitations.of_store(
            store_id=store_id, before=decode_id_cursor(cursor, sort=INVITATIONS), limit=limit + 1
        )
        return page_of(found, limit, lambda one: encode_cursor(INVITATIONS, one.id))

    async def _may(self, actor: Actor, store_id: UUID, role: StoreRole) -> None:
        await self._members.lock(store_id)
        own = await standing(self._members, actor=actor, store_id=store_id)
        if own not in MANAGERS:
            raise Forbidden
        may_grant(own, role)

    async def _proved(self, actor: Actor) -> None:
        """Mails to strangers are for those who can be reached themselves."""
        if not await self._users.proved(user_of(actor)):
            raise EmailUnverified

    async def _again(self, actor: Actor, invitation: Invitation, action: str) -> InvitationView:
        invitation.send_again(self._clock())
        await self._invitations.save(invitation)
        return await self._mail(actor, invitation, action)

    async def _mail(self, actor: Actor, invitation: Invitation, action: str) -> InvitationView:
        await self._outbox.add(InvitationAsked(store_id=invitation.store_id, invitation_id=invitation.id))
        return await self._record(actor, invitation, action)

    async def _record(self, actor: Actor, invitation: Invitation, action: str) -> InvitationView:
        view = view_of(invitation)
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"invitation:{view.id}",
            store_id=view.store_id,
            after=view,
        )
        return view


class InvitedService:
    """The invited one's side, in their own unit of work: they see what was sent to their proved address."""

    def __init__(
        self,
        *,
        invitations: InvitationRepository,
        members: MemberRepository,
        users: Users,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._invitations = invitations
        self._members = members
        self._users = users
        self._audit = audit
        self._clock = clock

    async def mine(self, *, actor: Actor, cursor: str | None, limit: int) -> Page[InvitationView]:
        """None while the actor's address is not verified."""
        card = await self._users.card(user_of(actor))
        before = decode_id_cursor(cursor, sort=INVITATIONS)
        if not card.email_verified:
            return Page(items=[])
        found = await self._invitations.to_address(
            email=card.email.lower(), now=self._clock(), before=before, limit=limit + 1
        )
        return page_of(found, limit, lambda one: encode_cursor(INVITATIONS, one.id))

    async def accept(self, *, actor: Actor, token: str) -> MemberView:
        """Raises InvitationUnknown, whatever is wrong, and AlreadyMember, which leaves it open."""
        card, now = await self._users.card(user_of(actor)), self._clock()
        found = None
        if card.email_verified:
            found = await self._invitations.accept(
                token_hash=hashed(token), email=card.email.lower(), user_id=card.id, now=now
            )
        if found is None:
            raise InvitationUnknown
        if not await self._members.add(store_id=found.store_id, user=card, role=found.role, now=now):
            raise AlreadyMember
        member = MemberView(
            user_id=card.id, email=card.email, name=card.name, role=found.role, created_at=now
        )
        await self._audit.record(
            actor=actor,
            action="members.join",
            target=f"user:{card.id}",
            store_id=found.store_id,
            after=member,
        )
        return member


class InvitationLetters:
    """In a worker: makes the token, keeps its hash and hands the link to the mail."""

    def __init__(self, *, invitations: InvitationRepository, mails: Mails, public_url: str) -> None:
        self._invitations = invitations
        self._mails = mails
        self._url = public_url.rstrip("/")

    async def send(self, *, event: InvitationAsked) -> None:
        """Once for each event; an event that comes late does not undo the link of a newer one."""
        if event.store_id is None:
            return
        token = secrets.token_urlsafe(TOKEN_BYTES)
        found = await self._invitations.mark_mailed(
            store_id=event.store_id,
            invitation_id=event.invitation_id,
            cause=event.id,
            token_hash=hashed(token),
        )
        if found is None:
            return
        letter = InvitationLetter(
            store=found.store_name,
            role=found.role,
            link=f"{self._url}/console/invitations#token={token}",
            days=INVITATION_LIFE.days,
        )
        await self._mails.add(
            letter,
            to=found.email,
            cause=event.id,
            store_id=found.store_id,
            expires_at=found.expires_at,
        )

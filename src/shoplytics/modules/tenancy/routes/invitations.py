"""Invitations over HTTP: a store's, and one's own."""

from uuid import UUID

from litestar import Controller, delete, get, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit
from shoplytics.modules.tenancy.schemas import InvitationToken, NewInvitation
from shoplytics.modules.tenancy.service import InvitationsService, InvitedService
from shoplytics.ports.tenancy import InvitationView, MemberView


class InvitationController(Controller):
    path = "/stores/{store_id:uuid}/invitations"
    tags = ("Invitations",)

    @post(permission="invitations:manage")
    async def invite(
        self, store_id: UUID, data: NewInvitation, actor: Actor, invitations: InvitationsService
    ) -> InvitationView:
        """Mail somebody a link that lets them join, for a role that is at most your own.

        The answer is the same whether or not the address has an account. The link is good for seven days and
        once. Inviting an address again changes its open invitation and sends a new link (429 `sent_lately`
        within a minute); a store may invite 50 addresses a day. 409 `already_member` for a member's address.
        Your own address has to be verified (403 `email_unverified`).
        """
        return await invitations.invite(actor=actor, store_id=store_id, email=data.email, role=data.role)

    @get(permission="invitations:manage")
    async def invitations_of(
        self,
        store_id: UUID,
        invitations: InvitationsService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[InvitationView]:
        """Those neither accepted nor revoked, newest first; expired ones can be sent again."""
        return await invitations.page(store_id=store_id, cursor=cursor, limit=limit)

    @delete("/{invitation_id:uuid}", permission="invitations:manage")
    async def revoke_invitation(
        self, store_id: UUID, invitation_id: UUID, actor: Actor, invitations: InvitationsService
    ) -> None:
        """Its link is void at once."""
        await invitations.revoke(actor=actor, store_id=store_id, invitation_id=invitation_id)

    @post("/{invitation_id:uuid}/resend", permission="invitations:manage", status_code=202)
    async def resend_invitation(
        self, store_id: UUID, invitation_id: UUID, actor: Actor, invitations: InvitationsService
    ) -> InvitationView:
        """Mail a new link for another seven days; the old one is void."""
        return await invitations.resend(actor=actor, store_id=store_id, invitation_id=invitation_id)


class AcceptController(Controller):
    path = "/invitations"
    tags = ("Invitations",)

    @post("/accept", permission="invitations:accept", status_code=200)
    async def accept_invitation(
        self, data: InvitationToken, actor: Actor, invited: InvitedService
    ) -> MemberView:
        """Join the store whose invitation was mailed to you.

        You have to be signed in with an account whose verified e-mail address is the invited one: whoever
        holds the link alone cannot use it. In every other case (another address, not verified yet, expired,
        revoked, used) the answer is 404 `invitation_unknown` and the invitation stays as it was. Verify your
        address first, or ask for an invitation to the one you use. 409 `already_member` when you work there.
        """
        return await invited.accept(actor=actor, token=data.token)


class MyInvitationsController(Controller):
    path = "/me/invitations"
    tags = ("Me",)

    @get(permission="invitations:read-own")
    async def my_invitations(
        self, actor: Actor, invited: InvitedService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[InvitationView]:
        """Open invitations to your verified address, newest first; the link to accept one was mailed."""
        return await invited.mine(actor=actor, cursor=cursor, limit=limit)

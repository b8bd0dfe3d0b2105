"""Members of a store over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit
from shoplytics.modules.tenancy.schemas import NewOwner, RoleChange
from shoplytics.modules.tenancy.service import MembersService
from shoplytics.ports.tenancy import MemberView


class MemberController(Controller):
    path = "/stores/{store_id:uuid}"
    tags = ("Members",)

    @get("/members", permission="members:read")
    async def members_of(
        self,
        store_id: UUID,
        members: MembersService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[MemberView]:
        """Who works in the store."""
        return await members.page(store_id=store_id, cursor=cursor, limit=limit)

    @patch("/members/{user_id:uuid}", permission="members:change", recent=True)
    async def change_role(
        self, store_id: UUID, user_id: UUID, data: RoleChange, actor: Actor, members: MembersService
    ) -> MemberView:
        """Give a member another role: at most your own, and to nobody above you.

        409 `last_owner` when the store would be left without an owner, and `account_closed` for a new owner
        whose account is disabled or deleted. What the member may no longer do ends
        within five seconds everywhere; their open invitations for roles they could not give now are revoked,
        and their API keys do only what their new role allows.
        """
        return await members.change_role(actor=actor, store_id=store_id, user_id=user_id, role=data.role)

    @delete("/members/{user_id:uuid}", permission="members:remove")
    async def remove_member(
        self, store_id: UUID, user_id: UUID, actor: Actor, members: MembersService
    ) -> None:
        """Remove a member who is not above you (owners and managers), or leave yourself (everybody).

        The last owner cannot leave: 409 `last_owner`. API keys that act for the member stop working until
        somebody who holds their scopes rotates them.
        """
        await members.remove(actor=actor, store_id=store_id, user_id=user_id)

    @post("/ownership", permission="stores:transfer", status_code=200, recent=True)
    async def transfer_ownership(
        self, store_id: UUID, data: NewOwner, actor: Actor, members: MembersService
    ) -> MemberView:
        """Make another member the owner; you become a manager. Both are told by mail.

        409 `account_closed` when the other's account is disabled or deleted.
        """
        return await members.transfer(actor=actor, store_id=store_id, user_id=data.user_id)

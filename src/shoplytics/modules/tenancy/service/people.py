"""Who works in a store, and as what."""

from datetime import datetime
from uuid import UUID

from shoplytics.kernel.access import MANAGERS, StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Forbidden, NotFound
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.domain import AccountClosed, LastOwner, may_grant, may_touch
from shoplytics.modules.tenancy.domain.people import above
from shoplytics.modules.tenancy.ports import InvitationRepository, MemberRepository
from shoplytics.modules.tenancy.service.actors import user_of
from shoplytics.ports.identity import LiveUsers
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, MemberView, OwnershipTransferred, RoleChanged

MEMBERS = "members"


async def standing(members: MemberRepository, *, actor: Actor, store_id: UUID) -> StoreRole:
    """The actor's role as it is now and stays until the end: the edge may have known it for two seconds."""
    own = await members.get(store_id=store_id, user_id=user_of(actor))
    if own is None:
        raise NotFound
    return own.role


class MembersService:
    """Within the unit of work of one store. A store always has an owner, whatever happens at once."""

    def __init__(
        self,
        *,
        members: MemberRepository,
        invitations: InvitationRepository,
        users: LiveUsers,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._members = members
        self._invitations = invitations
        self._users = users
        self._audit = audit
        self._clock = clock

    async def page(self, *, store_id: UUID, cursor: str | None, limit: int) -> Page[MemberView]:
        """Who works in the store."""
        found = await self._members.of_store(
            store_id=store_id, after=decode_id_cursor(cursor, sort=MEMBERS), limit=limit + 1
        )
        return page_of(found, limit, lambda member: encode_cursor(MEMBERS, member.user_id))

    async def change_role(
        self, *, actor: Actor, store_id: UUID, user_id: UUID, role: StoreRole
    ) -> MemberView:
        """Raises AboveOwnRole, NotYours, LastOwner, AccountClosed. The same role again does nothing."""
        own, member = await self._both(actor, store_id, user_id)
        if own not in MANAGERS:
            raise Forbidden
        may_touch(own, member.role)
        may_grant(own, role)
        if member.role is role:
            return member
        if member.role is StoreRole.OWNER:
            await self._step_down(store_id, user_id)
        if role is StoreRole.OWNER and not await self._open(user_id):
            raise AccountClosed
        changed = await self._set(actor, store_id, member, role)
        await self._outbox.add(
            RoleChanged(store_id=store_id, user_id=user_id, role=role, occurred_at=self._clock())
        )
        return changed

    async def remove(self, *, actor: Actor, store_id: UUID, user_id: UUID) -> None:
        """Everybody may leave; others are removed by managers. Raises NotYours, LastOwner."""
        own, member = await self._both(actor, store_id, user_id)
        if user_id != actor.user_id:
            if own not in MANAGERS:
                raise Forbidden
            may_touch(own, member.role)
        if member.role is StoreRole.OWNER:
            await self._step_down(store_id, user_id)
        await self._members.remove(store_id=store_id, user_id=user_id)
        await self._revoke(store_id, user_id, list(StoreRole), self._clock())
        action = "members.leave" if user_id == actor.user_id else "members.remove"
        await self._audit.record(
            actor=actor, action=action, target=f"user:{user_id}", store_id=store_id, before=member
        )

    async def transfer(self, *, actor: Actor, store_id: UUID, user_id: UUID) -> MemberView:
        """The member becomes the store's owner, and the actor, who has to be one, a manager.

        Raises AccountClosed.
        """
        own, member = await self._both(actor, store_id, user_id)
        if own is not StoreRole.OWNER:
            raise Forbidden
        if user_id == actor.user_id:
            return member
        if not await self._open(user_id):
            raise AccountClosed
        mine = await self._members.get(store_id=store_id, user_id=user_of(actor))
        if member.role is not StoreRole.OWNER:
            member = await self._set(actor, store_id, member, StoreRole.OWNER)
        await self._members.lead(store_id=store_id, user_id=user_id)
        if mine is not None:
            await self._set(actor, store_id, mine, StoreRole.MANAGER)
        handed_over = OwnershipTransferred(
            store_id=store_id, former=user_of(actor), owner=user_id, occurred_at=self._clock()
        )
        await self._outbox.add(handed_over)
        return member

    async def _both(self, actor: Actor, store_id: UUID, user_id: UUID) -> tuple[StoreRole, MemberView]:
        await self._members.lock(store_id)
        own = await standing(self._members, actor=actor, store_id=store_id)
        member = await self._members.get(store_id=store_id, user_id=user_id)
        if member is None:
            raise NotFound
        return own, member

    async def _step_down(self, store_id: UUID, user_id: UUID) -> None:
        for other in await self._members.other_owners(store_id=store_id, than=user_id):
            if await self._open(other):
                await self._members.lead(store_id=store_id, user_id=other, instead_of=user_id)
                return
        raise LastOwner

    async def _open(self, user_id: UUID) -> bool:
        """Whether the account is open and stays so until it may own the store."""
        await self._members.hold(user_id)
        return await self._users.lives(user_id)

    async def _set(self, actor: Actor, store_id: UUID, member: MemberView, role: StoreRole) -> MemberView:
        await self._members.set_role(store_id=store_id, user_id=member.user_id, role=role)
        changed = MemberView(
            user_id=member.user_id,
            email=member.email,
            name=member.name,
            role=role,
            created_at=member.created_at,
        )
        lost = above(role) if role in MANAGERS else list(StoreRole)
        await self._revoke(store_id, member.user_id, lost, self._clock())
        await self._audit.record(
            actor=actor,
            action="members.change",
            target=f"user:{member.user_id}",
            store_id=store_id,
            before=member,
            after=changed,
        )
        return changed

    async def _revoke(self, store_id: UUID, user_id: UUID, roles: list[StoreRole], now: datetime) -> None:
        """Whoever may no longer invite for a role has not invited anybody for it either."""
        await self._invitations.revoke_of(store_id=store_id, invited_by=user_id, roles=roles, now=now)

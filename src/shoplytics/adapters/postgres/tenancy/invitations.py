"""Invitations within the unit of work: a store's, or those to one's own address."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain import Invitation
from shoplytics.ports.tenancy import InvitationView

ADD = """
    insert into tenancy_invitation
        (store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
MADE_SINCE = "select count(*) from tenancy_invitation where store_id = $1 and created_at >= $2"
OF_ADDRESS = """
    select store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
    from tenancy_invitation
    where store_id = $1 and email = $2 and accepted_at is null and revoked_at is null
    for update
"""
FOR_UPDATE = """
    select store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
    from tenancy_invitation
    where store_id = $1 and id = $2 and accepted_at is null and revoked_at is null
    for update
"""
SAVE = """
    update tenancy_invitation set role = $3, invited_by = $4, sent_at = $5, expires_at = $6, token_hash = null
    where store_id = $1 and id = $2
"""
REVOKE = "update tenancy_invitation set revoked_at = $3, token_hash = null where store_id = $1 and id = $2"
REVOKE_OF = """
    update tenancy_invitation set revoked_at = $4, token_hash = null
    where store_id = $1 and invited_by = $2 and role = any($3::text[])
        and accepted_at is null and revoked_at is null
"""
OF_STORE = """
    select store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
    from tenancy_invitation
    where store_id = $1 and accepted_at is null and revoked_at is null and ($2::uuid is null or id < $2)
    order by id desc limit $3
"""
TO_ADDRESS = """
    select store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
    from tenancy_invitation
    where email = $1 and accepted_at is null and revoked_at is null and expires_at > $2
        and ($3::uuid is null or id < $3)
    order by id desc limit $4
"""
MARK_MAILED = """
    update tenancy_invitation set token_hash = $4, token_cause = $3
    where store_id = $1 and id = $2 and accepted_at is null and revoked_at is null
        and (token_cause is null or token_cause < $3)
    returning store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
"""
# `now()` is what the policy on tenancy_member asks for: it is the same in the whole transaction.
ACCEPT = """
    update tenancy_invitation set accepted_at = now(), accepted_by = $3
    where token_hash = $1 and email = $2 and accepted_at is null and revoked_at is null and expires_at > $4
    returning store_id, id, email, role, store_name, invited_by, created_at, sent_at, expires_at
"""


def _invitation(row: Record) -> Invitation:
    return Invitation(**{**row, "role": StoreRole(row["role"])})


def _view(row: Record) -> InvitationView:
    return InvitationView(**{**row, "role": StoreRole(row["role"])})


class PgInvitations:
    """See InvitationRepository in modules/tenancy/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, invitation: Invitation) -> None:
        await self._work.raw.execute(
            ADD,
            invitation.store_id,
            invitation.id,
            invitation.email,
            invitation.role,
            invitation.store_name,
            invitation.invited_by,
            invitation.created_at,
            invitation.sent_at,
            invitation.expires_at,
        )

    async def made_since(self, *, store_id: UUID, since: datetime) -> int:
        found: int = await self._work.raw.fetchval(MADE_SINCE, store_id, since)
        return found

    async def of_address(self, *, store_id: UUID, email: str) -> Invitation | None:
        row = await self._work.raw.fetchrow(OF_ADDRESS, store_id, email)
        return None if row is None else _invitation(row)

    async def for_update(self, *, store_id: UUID, invitation_id: UUID) -> Invitation:
        row = await self._work.raw.fetchrow(FOR_UPDATE, store_id, invitation_id)
        if row is None:
            raise NotFound
        return _invitation(row)

    async def save(self, invitation: Invitation) -> None:
        await self._work.raw.execute(
            SAVE,
            invitation.store_id,
            invitation.id,
            invitation.role,
            invitation.invited_by,
            invitation.sent_at,
            invitation.expires_at,
        )

    async def revoke(self, *, store_id: UUID, invitation_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(REVOKE, store_id, invitation_id, now)

    async def revoke_of(
        self, *, store_id: UUID, invited_by: UUID, roles: Sequence[StoreRole], now: datetime
    ) -> None:
        await self._work.raw.execute(REVOKE_OF, store_id, invited_by, list(roles), now)

    async def of_store(self, *, store_id: UUID, before: UUID | None, limit: int) -> Sequence[InvitationView]:
        return [_view(row) for row in await self._work.raw.fetch(OF_STORE, store_id, before, limit)]

    async def to_address(
        self, *, email: str, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[InvitationView]:
        rows = await self._work.raw.fetch(TO_ADDRESS, email, now, before, limit)
        return [_view(row) for row in rows]

    async def mark_mailed(
        self, *, store_id: UUID, invitation_id: UUID, cause: UUID, token_hash: bytes
    ) -> InvitationView | None:
        row = await self._work.raw.fetchrow(MARK_MAILED, store_id, invitation_id, cause, token_hash)
        return None if row is None else _view(row)

    async def accept(
        self, *, token_hash: bytes, email: str, user_id: UUID, now: datetime
    ) -> InvitationView | None:
        row = await self._work.raw.fetchrow(ACCEPT, token_hash, email, user_id, now)
        return None if row is None else _view(row)

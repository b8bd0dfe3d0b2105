"""Who works in a store, within the unit of work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.tenancy.people import OWNER_LOCK
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import NotFound
from shoplytics.ports.identity import UserCard
from shoplytics.ports.tenancy import MemberView

LOCK = "select id from tenancy_store where id = $1 and deleted_at is null for update"
ADD = """
    insert into tenancy_member (store_id, user_id, role, email, name, user_version, created_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""
MEMBER = """
    select user_id, email, name, role, created_at
    from tenancy_member where store_id = $1 and user_id = $2 for share
"""
OTHER_OWNERS = """
    select user_id from tenancy_member
    where store_id = $1 and role = 'owner' and user_id <> $2
    order by created_at, user_id
"""
WORKS = """
    select exists (select from tenancy_member where store_id = $1 and lower(email) = $2)
"""
# Shared by those that make the user an owner, against the one that closes the account.
HOLD = "select pg_advisory_xact_lock_shared(hashtextextended($1::uuid::text, $2))"
SET_ROLE = "update tenancy_member set role = $3 where store_id = $1 and user_id = $2"
REMOVE = "delete from tenancy_member where store_id = $1 and user_id = $2"
# Written as a row, so that the proof without filters does not take the assignment for one.
LEAD = """
    update tenancy_store set (owner_id) = row ($2::uuid)
    where id = $1 and ($3::uuid is null or owner_id = $3)
"""
OF_STORE = """
    select user_id, email, name, role, created_at
    from tenancy_member where store_id = $1 and ($2::uuid is null or user_id > $2)
    order by user_id limit $3
"""
REFRESH = """
    update tenancy_member set email = $2, name = $3, user_version = $4
    where user_id = $1 and user_version < $4
"""


def _member(row: Record) -> MemberView:
    return MemberView(
        user_id=row["user_id"],
        email=row["email"],
        name=row["name"],
        role=StoreRole(row["role"]),
        created_at=row["created_at"],
    )


FORGET_MEMBER = "delete from tenancy_member where user_id = $1"
FORGET_KEYS = """
    update tenancy_api_key set revoked_at = $2 where holder_id = $1 and revoked_at is null
"""
FORGET_INVITED = """
    update tenancy_invitation set revoked_at = $2
    where invited_by = $1 and accepted_at is null and revoked_at is null
"""
FORGET_INVITATIONS = """
    update tenancy_invitation
    set email = $3,
        revoked_at = case when accepted_at is null then coalesce(revoked_at, $4) else revoked_at end
    where accepted_by = $1 or email = $2
"""


class PgMembers:
    """See MemberRepository in modules/tenancy/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, *, store_id: UUID, user: UserCard, role: StoreRole, now: datetime) -> bool:
        done = await self._work.raw.execute(
            ADD, store_id, user.id, role, user.email, user.name, user.version, now
        )
        return done == "INSERT 0 1"

    async def lock(self, store_id: UUID) -> None:
        if await self._work.raw.fetchval(LOCK, store_id) is None:
            raise NotFound

    async def get(self, *, store_id: UUID, user_id: UUID) -> MemberView | None:
        row = await self._work.raw.fetchrow(MEMBER, store_id, user_id)
        return None if row is None else _member(row)

    async def works(self, *, store_id: UUID, email: str) -> bool:
        return bool(await self._work.raw.fetchval(WORKS, store_id, email))

    async def hold(self, user_id: UUID) -> None:
        await self._work.raw.execute(HOLD, user_id, OWNER_LOCK)

    async def other_owners(self, *, store_id: UUID, than: UUID) -> Sequence[UUID]:
        return [row["user_id"] for row in await self._work.raw.fetch(OTHER_OWNERS, store_id, than)]

    async def set_role(self, *, store_id: UUID, user_id: UUID, role: StoreRole) -> None:
        await self._work.raw.execute(SET_ROLE, store_id, user_id, role)

    async def remove(self, *, store_id: UUID, user_id: UUID) -> None:
        await self._work.raw.execute(REMOVE, store_id, user_id)

    async def lead(self, *, store_id: UUID, user_id: UUID, instead_of: UUID | None = None) -> None:
        await self._work.raw.execute(LEAD, store_id, user_id, instead_of)

    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[MemberView]:
        rows = await self._work.raw.fetch(OF_STORE, store_id, after, limit)
        return [_member(row) for row in rows]

    async def refresh(self, user: UserCard) -> None:
        await self._work.raw.execute(REFRESH, user.id, user.email, user.name, user.version)

    async def forget(self, *, user_id: UUID, email: str | None, pseudonym: str, now: datetime) -> None:
        await self._work.raw.execute(FORGET_MEMBER, user_id)
        await self._work.raw.execute(FORGET_KEYS, user_id, now)
        await self._work.raw.execute(FORGET_INVITED, user_id, now)
        await self._work.raw.execute(FORGET_INVITATIONS, user_id, email, pseudonym, now)

"""Everybody's accounts, and how one ends."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.identity.accounts import FIRST_ADMIN_LOCK
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.identity.ports.people import Former, Rights, UserSearch
from shoplytics.ports.identity import AdminUserView

COLUMNS = """
    u.id, u.email, u.username, u.phone, u.first_name, u.last_name,
    u.email_verified_at is not null as email_verified, u.phone_verified_at is not null as phone_verified,
    u.platform_admin, u.disabled_at is not null as disabled,
    exists (select from identity_totp t where t.user_id = u.id and t.confirmed_at is not null) as two_factor,
    u.created_at, u.last_sign_in_at, u.deleted_at, u.erased_at, u.version
"""
WANTED = """
    ($1::text is null or concat_ws(' ', u.email, u.username, u.phone, u.first_name, u.last_name) ilike $1)
    and ($2::boolean is null or (u.disabled_at is not null) = $2)
    and ($3::boolean is null or u.platform_admin = $3)
    and case when $4 then u.deleted_at is not null and u.erased_at is null else u.deleted_at is null end
"""
SEARCH = f"""
    select {COLUMNS} from identity_user u
    where {WANTED} and ($5::uuid is null or u.id < $5)
    order by u.id desc limit $6
"""
COUNT = f"select count(*) from identity_user u where {WANTED}"
GET = f"select {COLUMNS} from identity_user u where u.id = $1"
LOCK = "select from identity_user where id = $1 for update"
ADMINS_LOCK = "select pg_advisory_xact_lock($1)"
ACTING = """
    select from identity_user
    where id = $1 and platform_admin and deleted_at is null and disabled_at is null for update
"""
OTHER_ADMINS = """
    select exists (select from identity_user
        where platform_admin and id <> $1 and deleted_at is null and disabled_at is null)
"""
# What a token may do changes with it, so tokens that were given out before die.
CHANGE = """
    update identity_user
    set disabled_at = case when $2 then coalesce(disabled_at, $5) end, platform_admin = $3,
        deleted_at = case when $4 then coalesce(deleted_at, $5) end,
        token_epoch = token_epoch + 1, version = version + 1, updated_at = $5
    where id = $1
"""
END_SESSIONS = """
    update identity_session set revoked_at = $2, revoked_why = 'admin'
    where user_id = $1 and revoked_at is null
"""

IS_ADMIN = "select platform_admin from identity_user where id = $1 and deleted_at is null for update"
DELETE = """
    update identity_user
    set deleted_at = $2, token_epoch = token_epoch + 1, version = version + 1, updated_at = $2
    where id = $1
"""
ERASE = """
    with former as (
        select id, avatar_key, case when email_verified_at is not null then email end as email,
            case when phone_verified_at is not null then phone end as phone
        from identity_user where id = $1 for update)
    update identity_user u
    set email = $2, email_verified_at = null, username = null, phone = null, phone_verified_at = null,
        first_name = '', last_name = '', date_of_birth = null, avatar_key = null, preferences = '{}',
        password_hash = null, token_epoch = u.token_epoch + 1, version = u.version + 1, updated_at = $3,
        deleted_at = coalesce(u.deleted_at, $3), erased_at = $3
    from former
    where u.id = former.id and u.erased_at is null
    returning former.email, former.phone, former.avatar_key
"""
OWN_TABLES = ("identity_address", "identity_oidc_link", "identity_recovery_code", "identity_totp")
TECHNICAL = ("identity_session", "identity_token", "identity_code", "identity_network")
DUE = """
    select id from identity_user where deleted_at < $1 and erased_at is null order by id limit $2
"""
FOUND = "%{}%"


def _pattern(q: str | None) -> str | None:
    """For ILIKE, whose own signs stand for themselves."""
    if q is None:
        return None
    return FOUND.format(q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))


def _values(wanted: UserSearch) -> tuple[object, ...]:
    return _pattern(wanted.q), wanted.disabled, wanted.admin, wanted.deleted


def _view(row: Record) -> AdminUserView:
    return AdminUserView(**row)


class PgPeople:
    """See People in modules/identity/ports/people.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def search(self, wanted: UserSearch, *, before: UUID | None, limit: int) -> Sequence[AdminUserView]:
        rows = await self._work.raw.fetch(SEARCH, *_values(wanted), before, limit)
        return [_view(row) for row in rows]

    async def count(self, wanted: UserSearch) -> int:
        found: int = await self._work.raw.fetchval(COUNT, *_values(wanted))
        return found

    async def get(self, user_id: UUID, *, lock: bool = False) -> AdminUserView:
        if lock:
            await self._work.raw.execute(LOCK, user_id)
        row = await self._work.raw.fetchrow(GET, user_id)
        if row is None:
            raise NotFound
        return _view(row)

    async def acting(self, user_id: UUID) -> None:
        await self._work.raw.execute(ADMINS_LOCK, FIRST_ADMIN_LOCK)
        if await self._work.raw.fetchrow(ACTING, user_id) is None:
            raise NotFound

    async def other_admins(self, user_id: UUID) -> bool:
        return bool(await self._work.raw.fetchval(OTHER_ADMINS, user_id))

    async def change(self, user_id: UUID, rights: Rights, *, now: datetime) -> None:
        await self._work.raw.execute(
            CHANGE, user_id, rights.disabled, rights.platform_admin, rights.deleted, now
        )
        await self.end_sessions(user_id, now=now)

    async def end_sessions(self, user_id: UUID, *, now: datetime) -> None:
        await self._work.raw.execute(END_SESSIONS, user_id, now)


class PgLeaving:
    """See Leaving in modules/identity/ports/people.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def is_admin(self, user_id: UUID) -> bool:
        admin: bool | None = await self._work.raw.fetchval(IS_ADMIN, user_id)
        if admin is None:
            raise NotFound
        return admin

    async def delete(self, user_id: UUID, *, now: datetime) -> None:
        await self._work.raw.execute(DELETE, user_id, now)

    async def erase(self, user_id: UUID, *, email: str, now: datetime) -> Former:
        former = await self._work.raw.fetchrow(ERASE, user_id, email, now)
        if former is None:
            raise NotFound
        for table in OWN_TABLES:
            await self._work.raw.execute(f"delete from {table} where user_id = $1", user_id)
        return Former(**former)

    async def forget(self, user_id: UUID) -> None:
        for table in TECHNICAL:
            await self._work.raw.execute(f"delete from {table} where user_id = $1", user_id)

    async def due(self, *, deleted_before: datetime, limit: int) -> Sequence[UUID]:
        return [row["id"] for row in await self._work.raw.fetch(DUE, deleted_before, limit)]

"""Keys of browsers: each method is one statement, committed at once."""

from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.ports.identity import Caller

ADD = """
    insert into identity_cookie (token_hash, session_id, created_at, last_used_at, expires_at)
    values ($1, $2, $3, $3, $4)
"""
# A use is noted once a minute, so that reading a page hardly ever writes.
CALLER = """
    with found as (
        select s.user_id, s.id, u.platform_admin
        from identity_cookie c
        join identity_session s on s.id = c.session_id
        join identity_user u on u.id = s.user_id
        where c.token_hash = $1 and c.expires_at > $2 and c.last_used_at > $3
            and s.revoked_at is null and s.expires_at > $2 and s.epoch = u.token_epoch
            and u.disabled_at is null and u.deleted_at is null
    ), used as (
        update identity_cookie c set last_used_at = $2 from found
        where c.token_hash = $1 and c.last_used_at < $2 - interval '1 minute'
        returning c.session_id
    ), session as (
        update identity_session s set last_used_at = $2 from used where s.id = used.session_id
    )
    select user_id, id, platform_admin from found
"""
SESSION = "select session_id from identity_cookie where token_hash = $1"


class PgCookies:
    """See Cookies in modules/identity/ports/cookies.py. Speaks as `shop_system`: nobody is known yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, *, key_hash: bytes, session_id: UUID, now: datetime, expires_at: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(ADD, key_hash, session_id, now, expires_at)

    async def caller(self, *, key_hash: bytes, now: datetime, used_since: datetime) -> Caller | None:
        pool = self._database.keyed()
        row = await pool.fetchrow(CALLER, key_hash, now, used_since)
        return None if row is None else Caller(*row)

    async def session_of(self, key_hash: bytes) -> UUID | None:
        pool = self._database.keyed()
        found: UUID | None = await pool.fetchval(SESSION, key_hash)
        return found

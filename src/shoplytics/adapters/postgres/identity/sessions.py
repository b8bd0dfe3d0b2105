"""Sessions beside any unit of work: each method is one statement, so it is whole and committed at once."""

from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.identity.ports import NewSession, Rotation

OPEN = """
    with session as (
        insert into identity_session
            (id, user_id, epoch, user_agent, created_at, last_used_at, authenticated_at, expires_at)
        values ($1, $2, $3, $4, $5, $5, $5, $6)
        returning id, user_id
    ), signed_in as (
        update identity_user set last_sign_in_at = $5 where id = $2
    ), known as (
        insert into identity_network (user_id, network, seen_at) values ($2, $9, $5)
        on conflict (user_id, network) do update set seen_at = greatest(identity_network.seen_at, $5)
    )
    insert into identity_refresh_token (token_hash, session_id, user_id, created_at, expires_at)
    select $7, id, user_id, $5, $8 from session
"""

# Of parallel callers the first locks the token's row; the others wait, see `used_at` set, and get nothing.
ROTATE = """
    with spent as (
        update identity_refresh_token t set used_at = $3
        from identity_session s join identity_user u on u.id = s.user_id
        where t.token_hash = $1 and t.used_at is null and t.expires_at > $3
            and s.id = t.session_id and s.revoked_at is null and s.expires_at > $3 and s.epoch = u.token_epoch
            and u.disabled_at is null and u.deleted_at is null
        returning t.session_id, t.user_id, s.expires_at
    ), successor as (
        insert into identity_refresh_token
            (token_hash, session_id, user_id, parent_hash, created_at, expires_at)
        select $2, session_id, user_id, $1, $3, least($4, expires_at) from spent
    ), touched as (
        update identity_session s set last_used_at = $3 from spent where s.id = spent.session_id
    )
    select user_id, session_id from spent
"""

END_REUSED = """
    update identity_session s set revoked_at = $2, revoked_why = 'reuse'
    from identity_refresh_token t
    where t.token_hash = $1 and t.used_at is not null and s.id = t.session_id and s.revoked_at is null
"""

IS_LIVE = """
    s.revoked_at is null and s.expires_at > $2
    and s.epoch = u.token_epoch and u.disabled_at is null and u.deleted_at is null
"""
LIVE = f"""
    select u.platform_admin
    from identity_session s join identity_user u on u.id = s.user_id
    where s.id = $1 and s.user_id = $3 and {IS_LIVE}
"""

END = """
    update identity_session set revoked_at = $2, revoked_why = 'logout' where id = $1 and revoked_at is null
"""


END_ALL = """
    update identity_session set revoked_at = $2, revoked_why = 'logout'
    where user_id = $1 and revoked_at is null
"""
AUTHENTICATED_AT = f"""
    select s.authenticated_at
    from identity_session s join identity_user u on u.id = s.user_id
    where s.id = $1 and {IS_LIVE}
"""

PROVED = """
    select email_verified_at is not null from identity_user where id = $1 and deleted_at is null
"""
LIVES = """
    select exists (select from identity_user where id = $1 and disabled_at is null and deleted_at is null)
"""


def _values(session: NewSession) -> tuple[object, ...]:
    """The parameters of OPEN."""
    return (
        session.id,
        session.user_id,
        session.epoch,
        session.user_agent,
        session.created_at,
        session.expires_at,
        session.refresh_hash,
        session.refresh_until,
        session.network,
    )


class PgNewSessions:
    """See OpensSessions in modules/identity/ports.py: in a unit of work, with what proved the user."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def open(self, session: NewSession) -> None:
        await self._work.raw.execute(OPEN, *_values(session))


class PgLiveSessions:
    """See LiveSessions in modules/identity/ports.py. Speaks as `shop_system`: nobody is signed in yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, session: NewSession) -> None:
        pool = self._database.keyed()
        await pool.execute(OPEN, *_values(session))

    async def rotate(self, rotation: Rotation) -> tuple[UUID, UUID] | None:
        pool = self._database.keyed()
        row = await pool.fetchrow(
            ROTATE, rotation.old_hash, rotation.new_hash, rotation.now, rotation.refresh_until
        )
        if row is None:
            await pool.execute(END_REUSED, rotation.old_hash, rotation.now)
            return None
        return row["user_id"], row["session_id"]

    async def live(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool | None:
        pool = self._database.keyed()
        admin: bool | None = await pool.fetchval(LIVE, session_id, now, user_id)
        return admin

    async def end(self, *, session_id: UUID, now: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(END, session_id, now)

    async def end_all(self, *, user_id: UUID, now: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(END_ALL, user_id, now)

    async def authenticated_at(self, session_id: UUID, *, now: datetime) -> datetime | None:
        pool = self._database.keyed()
        moment: datetime | None = await pool.fetchval(AUTHENTICATED_AT, session_id, now)
        return moment


class PgLiveUsers:
    """See LiveUsers in ports/identity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lives(self, user_id: UUID) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(LIVES, user_id))

    async def proved(self, user_id: UUID) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(PROVED, user_id))

"""Sign-in through providers: sign-ins on their way, and whose subject is which user."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.identity.accounts import PgUsers
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.modules.identity.domain.oidc import InvalidState, OtherBrowser
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Account
from shoplytics.modules.identity.ports.oidc import Link, LinkedAccount, StartedSignIn
from shoplytics.ports.identity import SecurityChanged, UserRegistered
from shoplytics.ports.outbox import Outbox

START = """
    insert into identity_oidc_state (state_hash, provider, browser_hash, secrets, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)
"""
# Of parallel callers the first locks the row; the others wait, see `used_at` set, and get nothing.
TAKE = """
    update identity_oidc_state set used_at = $4
    where state_hash = $1 and provider = $2 and browser_hash = $3 and used_at is null and expires_at > $4
    returning secrets
"""
IS_ANOTHERS = """
    select exists (
        select from identity_oidc_state
        where state_hash = $1 and provider = $2 and browser_hash <> $3 and used_at is null and expires_at > $4
    )
"""
WAIT = """
    update identity_oidc_state set link_id = $2, second_hash = $3, expires_at = $4
    where state_hash = $1 and used_at is not null
"""
WAITING = """
    select link_id from identity_oidc_state
    where second_hash = $1 and provider = $2 and browser_hash = $3 and expires_at > $4
"""
FINISH = "update identity_oidc_state set second_hash = null where second_hash = $1 returning true"

BY_SUBJECT = """
    select l.id as link_id, u.id, u.password_hash, u.token_epoch, u.email_verified_at,
        coalesce(u.disabled_at, u.deleted_at) as closed_at
    from identity_oidc_link l join identity_user u on u.id = l.user_id
    where l.issuer = $1 and l.subject = $2
"""
BY_LINK = """
    select l.id as link_id, u.id, u.password_hash, u.token_epoch, u.email_verified_at,
        coalesce(u.disabled_at, u.deleted_at) as closed_at
    from identity_oidc_link l join identity_user u on u.id = l.user_id
    where l.id = $1
"""
# The address is looked at again: it may have been given up since the account was found by it.
LINK = """
    insert into identity_oidc_link (id, user_id, issuer, subject, created_at, last_used_at)
    select $1, id, $3, $4, $5, $6 from identity_user
    where id = $2 and lower(email) = $7 and email_verified_at is not null and deleted_at is null
    on conflict (issuer, subject) do nothing
    returning true
"""
ADD = """
    insert into identity_oidc_link (id, user_id, issuer, subject, created_at, last_used_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (issuer, subject) do nothing
    returning true
"""
USED = "update identity_oidc_link set last_used_at = $2 where id = $1"
OF_USER = """
    select id, user_id, issuer, subject, created_at, last_used_at
    from identity_oidc_link where user_id = $1 order by id
"""
REMOVE = "delete from identity_oidc_link where user_id = $1 and id = $2"


class PgSignInStates:
    """See SignInStates in modules/identity/ports/oidc.py. As `shop_system`: nobody is signed in yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, started: StartedSignIn) -> None:
        pool = self._database.keyed()
        await pool.execute(
            START,
            started.state_hash,
            started.provider,
            started.browser_hash,
            started.secrets,
            started.created_at,
            started.expires_at,
        )

    async def take(self, *, state_hash: bytes, provider: str, browser_hash: bytes, now: datetime) -> bytes:
        pool = self._database.keyed()
        secrets: bytes | None = await pool.fetchval(TAKE, state_hash, provider, browser_hash, now)
        if secrets is None:
            anothers = await pool.fetchval(IS_ANOTHERS, state_hash, provider, browser_hash, now)
            raise OtherBrowser if anothers else InvalidState
        return secrets

    async def wait(self, *, state_hash: bytes, link_id: UUID, second_hash: bytes, until: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(WAIT, state_hash, link_id, second_hash, until)

    async def waiting(
        self, *, second_hash: bytes, provider: str, browser_hash: bytes, now: datetime
    ) -> UUID | None:
        pool = self._database.keyed()
        link_id: UUID | None = await pool.fetchval(WAITING, second_hash, provider, browser_hash, now)
        return link_id

    async def finish(self, second_hash: bytes) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(FINISH, second_hash))


class PgLinkedAccounts:
    """See LinkedAccounts in modules/identity/ports/oidc.py; `outbox` builds the one of a unit of work."""

    def __init__(self, database: Database, *, outbox: Callable[[Work], Outbox]) -> None:
        self._database = database
        self._outbox = outbox

    async def find(self, *, issuer: str, subject: str) -> LinkedAccount | None:
        pool = self._database.keyed()
        return _linked(await pool.fetchrow(BY_SUBJECT, issuer, subject))

    async def by_id(self, link_id: UUID) -> LinkedAccount | None:
        pool = self._database.keyed()
        return _linked(await pool.fetchrow(BY_LINK, link_id))

    async def link(self, link: Link, *, email: str, noted: SecurityChanged) -> None:
        async with self._database.work(DbRole.SYSTEM) as work:
            if await work.raw.fetchval(LINK, *_values(link), email):
                await self._outbox(work).add(noted)
                await work.commit()

    async def make(self, user: User, link: Link) -> None:
        async with self._database.work(DbRole.SYSTEM) as work:
            if await PgUsers(work).add(user) and await work.raw.fetchval(ADD, *_values(link)):
                await self._outbox(work).add(UserRegistered(user_id=user.id, email=user.email))
                await work.commit()

    async def used(self, link_id: UUID, *, now: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(USED, link_id, now)


class PgOidcLinks:
    """See LinkRepository in modules/identity/ports/oidc.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def of_user(self, user_id: UUID) -> Sequence[Link]:
        return [Link(**row) for row in await self._work.raw.fetch(OF_USER, user_id)]

    async def remove(self, *, user_id: UUID, link_id: UUID) -> None:
        await self._work.raw.execute(REMOVE, user_id, link_id)


def _values(link: Link) -> tuple[object, ...]:
    return link.id, link.user_id, link.issuer, link.subject, link.created_at, link.last_used_at


def _linked(row: Record | None) -> LinkedAccount | None:
    if row is None:
        return None
    return LinkedAccount(
        link_id=row["link_id"],
        account=Account(
            user_id=row["id"],
            password_hash=row["password_hash"],
            token_epoch=row["token_epoch"],
            verified=row["email_verified_at"] is not None,
            disabled=row["closed_at"] is not None,
        ),
    )

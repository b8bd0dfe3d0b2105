"""What sign-in asks beside any unit of work: who is this, and may they still guess."""

import math
from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.errors import TooManyGuesses
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.ports import Account, KeptCode

WINDOW = timedelta(hours=1)

BY_EMAIL = """
    select id, password_hash, token_epoch, email_verified_at, disabled_at
    from identity_user where lower(email) = $1 and deleted_at is null
"""
BY_USERNAME = """
    select id, password_hash, token_epoch, email_verified_at, disabled_at
    from identity_user where lower(username) = $1 and deleted_at is null
"""
# Anybody may claim a number; it names an account only once it is verified.
BY_PHONE = """
    select id, password_hash, token_epoch, email_verified_at, disabled_at
    from identity_user where phone = $1 and phone_verified_at is not null and deleted_at is null
"""
FIND = {
    IdentifierKind.EMAIL: BY_EMAIL,
    IdentifierKind.USERNAME: BY_USERNAME,
    IdentifierKind.PHONE: BY_PHONE,
}

REHASH = "update identity_user set password_hash = $3 where id = $1 and password_hash = $2"

# $4 is where the window begins. The row's lock makes parallel guesses queue, so each counts.
TAKE = """
    insert into identity_guess as g (purpose, subject, failed_at, latest_at)
    values ($1, $2, array[$3::timestamptz], $3)
    on conflict (purpose, subject) do update
    set failed_at = array(select t from unnest(g.failed_at) t where t > $4) || $3::timestamptz,
        latest_at = greatest(g.latest_at, $3)
    where (select count(*) from unnest(g.failed_at) t where t > $4) < $5
    returning true
"""
OLDEST = """
    select min(t)
    from identity_guess g cross join lateral unnest(g.failed_at) t
    where g.purpose = $1 and g.subject = $2 and t > $3
"""
# One of equal moments only: parallel guesses may share theirs.
GIVE_BACK = """
    update identity_guess set failed_at =
        failed_at[:array_position(failed_at, $3) - 1] || failed_at[array_position(failed_at, $3) + 1:]
    where purpose = $1 and subject = $2 and array_position(failed_at, $3) is not null
"""

FORGET = "delete from identity_guess where purpose = $1 and subject = $2"
KNOWS = """
    select exists (select from identity_network where user_id = $1 and network = $2 and seen_at > $3)
"""

# One conditional update: parallel tries queue at the row, and none but the first few reads the hash.
TRY_CODE = """
    update identity_code set tries = tries + 1
    where id = $1 and used_at is null and expires_at > $3 and tries < $2
    returning id, purpose, target, user_id, code_hash, created_at, expires_at
"""


class PgAccounts:
    """See Accounts in modules/identity/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, kind: IdentifierKind, value: str) -> Account | None:
        pool = self._database.keyed()
        row = await pool.fetchrow(FIND[kind], value)
        if row is None:
            return None
        return Account(
            user_id=row["id"],
            password_hash=row["password_hash"],
            token_epoch=row["token_epoch"],
            verified=row["email_verified_at"] is not None,
            disabled=row["disabled_at"] is not None,
        )

    async def rehash(self, user_id: UUID, *, old: str, new: str) -> None:
        pool = self._database.keyed()
        await pool.execute(REHASH, user_id, old, new)


class PgGuesses:
    """See Guesses in modules/identity/ports.py; an exact sliding window."""

    def __init__(self, database: Database, *, window: timedelta = WINDOW) -> None:
        self._database = database
        self._window = window

    async def take(self, *, purpose: str, subject: bytes, limit: int, now: datetime) -> None:
        pool = self._database.keyed()
        begin = now - self._window
        if await pool.fetchval(TAKE, purpose, subject, now, begin, limit):
            return
        oldest = await pool.fetchval(OLDEST, purpose, subject, begin) or now
        wait = max(1, math.ceil((oldest - begin).total_seconds()))
        raise TooManyGuesses(retry_after=wait)

    async def give_back(self, *, purpose: str, subject: bytes, now: datetime) -> None:
        pool = self._database.keyed()
        await pool.execute(GIVE_BACK, purpose, subject, now)

    async def forget(self, *, purpose: str, subject: bytes) -> None:
        pool = self._database.keyed()
        await pool.execute(FORGET, purpose, subject)


class PgKnownNetworks:
    """See KnownNetworks in modules/identity/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def knows(self, *, user_id: UUID, network: bytes, since: datetime) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(KNOWS, user_id, network, since))


class PgCodeTries:
    """See CodeTries in modules/identity/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, *, challenge_id: UUID, limit: int, now: datetime) -> KeptCode | None:
        pool = self._database.keyed()
        row = await pool.fetchrow(TRY_CODE, challenge_id, limit, now)
        return KeptCode(**{**row, "purpose": Purpose(row["purpose"])}) if row else None

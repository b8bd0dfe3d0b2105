"""Second factors: checked beside any unit of work, changed within one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.identity.ports.two_factor import Factor

FIND_ON = """
    select secret, last_step, confirmed_at from identity_totp where user_id = $1 and confirmed_at is not null
"""
# Of parallel callers with one code the first takes the row's lock; the others see the step and get nothing.
USE_STEP = """
    update identity_totp set last_step = $2
    where user_id = $1 and confirmed_at is not null and last_step < $2
    returning true
"""
USE_RECOVERY_CODE = """
    update identity_recovery_code set used_at = $3
    where user_id = $1 and code_hash = $2 and used_at is null
    returning true
"""
FIND = "select secret, last_step, confirmed_at from identity_totp where user_id = $1"
FIND_LOCKED = "select secret, last_step, confirmed_at from identity_totp where user_id = $1 for update"
LEFT = "select count(*) from identity_recovery_code where user_id = $1 and used_at is null"
BEGIN = """
    insert into identity_totp as t (user_id, secret, created_at) values ($1, $2, $3)
    on conflict (user_id) do update set secret = $2, created_at = $3, last_step = 0
    where t.confirmed_at is null
    returning true
"""
CONFIRM = "update identity_totp set confirmed_at = $2, last_step = $3 where user_id = $1"
FORGET_CODES = "delete from identity_recovery_code where user_id = $1"
ADD_CODES = """
    insert into identity_recovery_code (user_id, code_hash, created_at)
    select $1, code_hash, $3 from unnest($2::bytea[]) code_hash
"""
REMOVE = "delete from identity_totp where user_id = $1"
END_OTHERS = """
    update identity_session set revoked_at = $3, revoked_why = 'revoked'
    where user_id = $1 and id is distinct from $2 and revoked_at is null
"""


def _factor(row: Record | None) -> Factor | None:
    return Factor(**row) if row is not None else None


class PgFactors:
    """See Factors in modules/identity/ports/two_factor.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: UUID) -> Factor | None:
        pool = self._database.keyed()
        return _factor(await pool.fetchrow(FIND_ON, user_id))

    async def use_step(self, *, user_id: UUID, step: int) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(USE_STEP, user_id, step))

    async def use_recovery_code(self, *, user_id: UUID, code_hash: bytes, now: datetime) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(USE_RECOVERY_CODE, user_id, code_hash, now))


class PgOwnFactor:
    """See FactorRepository in modules/identity/ports/two_factor.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, user_id: UUID, *, lock: bool = False) -> Factor | None:
        return _factor(await self._work.raw.fetchrow(FIND_LOCKED if lock else FIND, user_id))

    async def recovery_codes_left(self, user_id: UUID) -> int:
        found: int = await self._work.raw.fetchval(LEFT, user_id)
        return found

    async def begin(self, *, user_id: UUID, secret: bytes, now: datetime) -> bool:
        return bool(await self._work.raw.fetchval(BEGIN, user_id, secret, now))

    async def confirm(self, *, user_id: UUID, step: int, now: datetime) -> None:
        await self._work.raw.execute(CONFIRM, user_id, now, step)

    async def replace_recovery_codes(self, *, user_id: UUID, hashes: Sequence[bytes], now: datetime) -> None:
        await self._work.raw.execute(FORGET_CODES, user_id)
        await self._work.raw.execute(ADD_CODES, user_id, list(hashes), now)

    async def remove(self, user_id: UUID) -> None:
        await self._work.raw.execute(FORGET_CODES, user_id)
        await self._work.raw.execute(REMOVE, user_id)

    async def end_other_sessions(self, *, user_id: UUID, but: UUID | None, now: datetime) -> None:
        await self._work.raw.execute(END_OTHERS, user_id, but, now)

"""The salts of stores' days: made by whoever asks first, the same for everybody."""

import secrets
from datetime import date, datetime
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.kernel.access import DbRole

SALT_BYTES = 32
MAKE_SALT = """
    insert into tracking_salt (store_id, day, salt, expires_at) values ($1, $2, $3, $4) on conflict do nothing
"""
READ_SALT = "select salt from tracking_salt where store_id = $1 and day = $2"


class PgSalts:
    """See modules/tracking/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_day(self, *, store_id: UUID, day: date, expires_at: datetime) -> bytes:
        pool = self._database.pool(DbRole.SYSTEM)
        await pool.execute(MAKE_SALT, store_id, day, secrets.token_bytes(SALT_BYTES), expires_at)
        salt: bytes = await pool.fetchval(READ_SALT, store_id, day)
        return salt

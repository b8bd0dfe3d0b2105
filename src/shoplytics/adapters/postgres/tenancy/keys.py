"""API keys at the door, outside any unit of work: found by their secret, and their use noted."""

from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.database import LOST, Database
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import Unavailable
from shoplytics.modules.tenancy.ports import KnownKey

FIND = """
    select k.id, k.store_id, k.holder_id, k.scopes, m.role, k.expires_at
    from tenancy_api_key k
    join tenancy_member m on m.store_id = k.store_id and m.user_id = k.holder_id
    join tenancy_store s on s.id = k.store_id
    where k.key_hash = $1 and k.revoked_at is null and s.deleted_at is null
        and (k.expires_at is null or k.expires_at > $2)
"""
USED = """
    update tenancy_api_key set last_used_at = $3
    where store_id = $1 and id = $2
        and (last_used_at is null or last_used_at <= $3::timestamptz - interval '1 minute')
"""


class PgKeyDoor:
    """See KeyDoor in modules/tenancy/ports.py; as `shop_system`, since the store shows only in the key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key_hash: bytes, *, now: datetime) -> KnownKey | None:
        pool = self._database.keyed()
        row = await pool.fetchrow(FIND, key_hash, now)
        return None if row is None else KnownKey(**{**row, "role": StoreRole(row["role"])})

    async def used(self, *, store_id: UUID, key_id: UUID, now: datetime) -> None:
        try:
            pool = self._database.keyed()
            await pool.execute(USED, store_id, key_id, now)
        except LOST:
            raise Unavailable from None

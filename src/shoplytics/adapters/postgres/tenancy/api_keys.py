"""A store's API keys within the unit of work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain import ApiKey

ADD = """
    insert into tenancy_api_key
        (store_id, id, name, prefix, key_hash, scopes, holder_id, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
FOR_UPDATE = """
    select store_id, id, name, prefix, key_hash, scopes, holder_id, created_at, expires_at, last_used_at
    from tenancy_api_key where store_id = $1 and id = $2 and revoked_at is null
    for update
"""
ONE = """
    select k.store_id, k.id, k.name, k.prefix, k.key_hash, k.scopes, k.holder_id, k.created_at,
        k.expires_at, k.last_used_at, m.role
    from tenancy_api_key k
    left join tenancy_member m on m.store_id = k.store_id and m.user_id = k.holder_id
    where k.store_id = $1 and k.id = $2 and k.revoked_at is null
"""
OF_STORE = """
    select k.store_id, k.id, k.name, k.prefix, k.key_hash, k.scopes, k.holder_id, k.created_at,
        k.expires_at, k.last_used_at, m.role
    from tenancy_api_key k
    left join tenancy_member m on m.store_id = k.store_id and m.user_id = k.holder_id
    where k.store_id = $1 and k.revoked_at is null and ($2::uuid is null or k.id < $2)
    order by k.id desc limit $3
"""
SAVE = """
    update tenancy_api_key set name = $3, prefix = $4, key_hash = $5, holder_id = $6, expires_at = $7
    where store_id = $1 and id = $2
"""
REVOKE = "update tenancy_api_key set revoked_at = $3 where store_id = $1 and id = $2"


def _key(row: Record) -> ApiKey:
    return ApiKey(**{name: value for name, value in row.items() if name != "role"})


def _with_role(row: Record) -> tuple[ApiKey, StoreRole | None]:
    return _key(row), StoreRole(row["role"]) if row["role"] else None


class PgKeys:
    """See KeyRepository in modules/tenancy/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, key: ApiKey) -> None:
        await self._work.raw.execute(
            ADD,
            key.store_id,
            key.id,
            key.name,
            key.prefix,
            key.key_hash,
            key.scopes,
            key.holder_id,
            key.created_at,
            key.expires_at,
        )

    async def for_update(self, *, store_id: UUID, key_id: UUID) -> ApiKey:
        row = await self._work.raw.fetchrow(FOR_UPDATE, store_id, key_id)
        if row is None:
            raise NotFound
        return _key(row)

    async def get(self, *, store_id: UUID, key_id: UUID) -> tuple[ApiKey, StoreRole | None]:
        row = await self._work.raw.fetchrow(ONE, store_id, key_id)
        if row is None:
            raise NotFound
        return _with_role(row)

    async def of_store(
        self, *, store_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[ApiKey, StoreRole | None]]:
        return [_with_role(row) for row in await self._work.raw.fetch(OF_STORE, store_id, before, limit)]

    async def save(self, key: ApiKey) -> None:
        await self._work.raw.execute(
            SAVE, key.store_id, key.id, key.name, key.prefix, key.key_hash, key.holder_id, key.expires_at
        )

    async def revoke(self, *, store_id: UUID, key_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(REVOKE, store_id, key_id, now)

"""Whether somebody owns a store."""

from uuid import UUID

from shoplytics.adapters.postgres.work import Work

OWNER_LOCK = 7_309_218_443
CLOSES = "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, $2))"
OWNS = "select exists (select from tenancy_store where owner_id = $1 and deleted_at is null)"


class PgOwnership:
    """See Ownership in ports/tenancy.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def close(self, user_id: UUID) -> None:
        await self._work.raw.execute(CLOSES, user_id, OWNER_LOCK)

    async def owns_stores(self, user_id: UUID) -> bool:
        await self.close(user_id)
        return bool(await self._work.raw.fetchval(OWNS, user_id))

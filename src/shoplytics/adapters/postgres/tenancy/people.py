"""Whether somebody owns a store."""

from uuid import UUID

from shoplytics.adapters.postgres.work import Work

OWNS = "select exists (select from tenancy_store where owner_id = $1 and deleted_at is null)"


class PgOwnership:
    """See Ownership in ports/tenancy.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def owns_stores(self, user_id: UUID) -> bool:
        return bool(await self._work.raw.fetchval(OWNS, user_id))

"""Who works in a store, for the other modules."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import StoreRole

MOST = 50
WORKING = """
    select user_id from tenancy_member where store_id = $1 and role = any($2::text[])
    order by created_at, user_id limit $3
"""


class PgTeam:
    """See Team in ports/tenancy.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def working(self, *, store_id: UUID, roles: Collection[StoreRole]) -> Sequence[UUID]:
        rows = await self._work.raw.fetch(WORKING, store_id, [role.value for role in roles], MOST)
        return [row[0] for row in rows]

"""Open sessions of visitors, in the unit of work that asks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.work import Work

SALTS = "select salt from tracking_salt where store_id = $1 order by day desc limit 2"
LATEST = """
    select session_id from tracking_visitor
    where store_id = $1 and visitor = any($2::bigint[]) and last_at >= $3
    order by last_at desc limit 1
"""


class PgOpenSessions:
    """See OpenSessions in modules/tracking/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def salts(self, store_id: UUID) -> Sequence[bytes]:
        return [row[0] for row in await self._work.reading.fetch(SALTS, store_id)]

    async def latest(self, *, store_id: UUID, visitors: Sequence[int], since: datetime) -> int | None:
        found: int | None = await self._work.reading.fetchval(LATEST, store_id, list(visitors), since)
        return found

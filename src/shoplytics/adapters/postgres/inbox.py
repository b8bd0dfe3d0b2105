"""Verified deliveries from vendors: each kept once, with one outbox row for the task that works it in."""

from collections.abc import Mapping
from uuid import UUID

from shoplytics.adapters.postgres.outbox import ADD_TASK, ring_after_commit
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id
from shoplytics.ports.outbox import Bell

KEEP = """
    insert into platform_inbox (id, source, delivery_id, store_id, topic, headers, body)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7)
    on conflict (source, delivery_id) do nothing
"""


class PgInbox:
    """Needs a unit of work of the role `shop_system`."""

    def __init__(self, work: Work, *, bell: Bell) -> None:
        self._work = work
        self._bell = bell

    async def keep(
        self,
        *,
        source: str,
        delivery_id: str,
        topic: str,
        headers: Mapping[str, str],
        body: bytes,
        task: str,
        store_id: UUID | None = None,
    ) -> bool:
        """False when it was there already: answer the vendor as if it were new. The task gets `inbox_id`."""
        inbox_id = new_id()
        kept = await self._work.raw.execute(
            KEEP, inbox_id, source, delivery_id, store_id, topic, to_json(dict(headers)).decode(), body
        )
        if kept != "INSERT 0 1":
            return False
        payload = to_json({"inbox_id": inbox_id}).decode()
        await self._work.raw.execute(ADD_TASK, inbox_id, task, store_id, payload)
        ring_after_commit(self._work, self._bell, [inbox_id])
        return True

"""Verified deliveries from vendors: each kept once, and made known by an event in the same transaction."""

from collections.abc import Mapping
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.events import Event
from shoplytics.ports.outbox import Outbox

KEEP = """
    insert into platform_inbox (id, source, delivery_id, store_id, topic, headers, body, done_at)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7, case when $8 then now() end)
    on conflict (source, delivery_id) do nothing
"""


class PgInbox:
    """Needs a unit of work of the role `shop_system`."""

    def __init__(self, work: Work, outbox: Outbox) -> None:
        self._work = work
        self._outbox = outbox

    async def keep(
        self,
        *,
        inbox_id: UUID,
        source: str,
        delivery_id: str,
        topic: str,
        headers: Mapping[str, str],
        body: bytes,
        event: Event | None,
        store_id: UUID | None = None,
    ) -> bool:
        """False when it was there already: answer the vendor as if it were new.

        Without an event nobody is to act on it, and it counts as done.
        """
        kept = await self._work.raw.execute(
            KEEP,
            inbox_id,
            source,
            delivery_id,
            store_id,
            topic,
            to_json(dict(headers)).decode(),
            body,
            event is None,
        )
        if kept != "INSERT 0 1":
            return False
        if event is not None:
            await self._outbox.add(event)
        return True

"""The audit log: rows are added with the deed, and no role may change or remove one."""

from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id

RECORD = """
    insert into tenancy_audit (id, store_id, actor, user_id, action, target, before, after)
    values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)
"""


class PgAuditLog:
    """See AuditLog in ports/tenancy.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def record(
        self,
        *,
        actor: Actor,
        action: str,
        target: str,
        store_id: UUID | None,
        before: msgspec.Struct | None = None,
        after: msgspec.Struct | None = None,
    ) -> None:
        texts = [to_json(state).decode() if state is not None else None for state in (before, after)]
        await self._work.raw.execute(
            RECORD, new_id(), store_id, actor.label, actor.user_id, action, target, *texts
        )

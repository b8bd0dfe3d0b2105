"""The audit log: rows are added with the deed, and no role may change or remove one."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id
from shoplytics.modules.tenancy.ports import AuditFilter
from shoplytics.ports.tenancy import AuditView

RECORD = """
    insert into tenancy_audit (id, store_id, actor, user_id, action, target, before, after)
    values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)
"""
READ = """
    select id, at, store_id, actor, action, target, before::text as before, after::text as after
    from tenancy_audit
    where ($1::uuid is null or store_id = $1) and ($2::text is null or actor = $2)
        and ($3::text is null or action = $3) and ($4::timestamptz is null or at >= $4)
        and ($5::timestamptz is null or at <= $5) and ($6::uuid is null or id < $6)
    order by id desc limit $7
"""


# A row that nobody may change must not hold what its subject may want erased: people are ids in it.
NAMES = ("email", "name")
ABOUT_PEOPLE = ("user:", "invitation:")


def _nameless(state: msgspec.Struct | None, target: str) -> str | None:
    if state is None:
        return None
    if not target.startswith(ABOUT_PEOPLE):
        return to_json(state).decode()
    fields = {name: getattr(state, name) for name in state.__struct_fields__ if name not in NAMES}
    return to_json(fields).decode()


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text)


class PgAuditLog:
    """See AuditLog in ports/tenancy.py, and AuditReader in modules/tenancy/ports.py."""

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
        texts = [_nameless(state, target) for state in (before, after)]
        await self._work.raw.execute(
            RECORD, new_id(), store_id, actor.label, actor.user_id, action, target, *texts
        )

    async def read(self, wanted: AuditFilter) -> Sequence[AuditView]:
        rows = await self._work.raw.fetch(
            READ,
            wanted.store_id,
            wanted.actor,
            wanted.action,
            wanted.since,
            wanted.until,
            wanted.before,
            wanted.limit,
        )
        return [
            AuditView(**{**row, "before": _raw(row["before"]), "after": _raw(row["after"])}) for row in rows
        ]


class PgDenials:
    """See Denials in ports/tenancy.py; committed by itself, since the refused request is rolled back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def denied(self, *, actor: Actor, action: str, target: str, store_id: UUID) -> None:
        pool = self._database.pool(DbRole.SYSTEM)
        await pool.execute(RECORD, new_id(), store_id, actor.label, actor.user_id, action, target, None, None)

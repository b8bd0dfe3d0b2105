"""Reading the audit log."""

from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import invalid_field
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.ports import AuditFilter, AuditReader
from shoplytics.ports.tenancy import AuditView

AUDIT = "audit-log"


class AuditService:
    """Within the scope of the unit of work: one store's rows, or the platform's."""

    def __init__(self, *, reader: AuditReader) -> None:
        self._reader = reader

    async def read(
        self,
        *,
        store_id: UUID | None,
        actor: str | None,
        action: str | None,
        since: datetime | None,
        until: datetime | None,
        cursor: str | None,
        limit: int,
    ) -> Page[AuditView]:
        """Newest first. Raises Invalid for a time without its offset, or `from` after `to`."""
        for name, moment in (("from", since), ("to", until)):
            if moment is not None and moment.tzinfo is None:
                pointer = f"?{name}"
                raise invalid_field(pointer, "invalid_date", "Give the offset too: 2026-01-31T08:00:00Z.")
        if since is not None and until is not None and since > until:
            raise invalid_field("?from", "invalid_range", "`from` must not be after `to`.")
        wanted = AuditFilter(
            store_id=store_id,
            actor=actor,
            action=action,
            since=since,
            until=until,
            before=decode_id_cursor(cursor, sort=AUDIT),
            limit=limit + 1,
        )
        return page_of(await self._reader.read(wanted), limit, lambda row: encode_cursor(AUDIT, row.id))

"""The audit log over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import QueryParameter

from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit, Words
from shoplytics.modules.tenancy.service import AuditService
from shoplytics.ports.tenancy import AuditView

Who = Annotated[str | None, QueryParameter(name="actor", min_length=1, max_length=100)]
Since = Annotated[datetime | None, QueryParameter(name="from")]
Until = Annotated[datetime | None, QueryParameter(name="to")]


class StoreAuditController(Controller):
    path = "/stores/{store_id:uuid}/audit-log"
    tags = ("Audit log",)

    @get(permission="audit-log:read")
    async def store_log(
        self,
        *,
        store_id: UUID,
        audit_log: AuditService,
        who: Who = None,
        action: Words = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[AuditView]:
        """What was done in the store and by whom, newest first; refused attempts are `denied`.

        `actor` is `user:<id>` or `api_key:<id>`, `action` for example `members.change`, both whole; `from`
        and `to` are times with their offset.
        """
        return await audit_log.read(
            store_id=store_id,
            actor=who,
            action=action,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )


class PlatformAuditController(Controller):
    path = "/admin/audit-log"
    tags = ("Platform",)

    @get(permission="platform:audit-log")
    async def platform_log(
        self,
        *,
        audit_log: AuditService,
        store: UUID | None = None,
        who: Who = None,
        action: Words = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[AuditView]:
        """The same over all stores, with what was done outside of any; `store` narrows it to one."""
        return await audit_log.read(
            store_id=store,
            actor=who,
            action=action,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )

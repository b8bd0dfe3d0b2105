"""Places a store imports from every night, and starting them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Invalid, NotFound, Stale, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.catalog.domain.sources import (
    MOST_SOURCES,
    TooManySources,
    check_path,
    started_already,
)
from shoplytics.modules.catalog.ports import ImportRepository, SourceRepository, SourceState
from shoplytics.modules.catalog.schemas import ImportSourcePatch, NewImportSource
from shoplytics.ports.catalog import ImportSourceView
from shoplytics.ports.fetcher import Fetcher
from shoplytics.ports.import_folder import ImportFolder
from shoplytics.ports.jobs import Jobs
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

RUN_SOURCE = "catalog.run-import-source"
SORT = "id"
FIELDS = ("name", "kind", "location", "format", "hour", "active")


class RunSource(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload. `forced`: import also what was imported last."""

    store_id: UUID
    source_id: UUID
    actor: str
    forced: bool


class ImportSources:
    """Works within the store of its unit of work. `folder` is None where the operator has set up none."""

    def __init__(
        self,
        *,
        sources: SourceRepository,
        catalog: ImportRepository,
        stores: StoreDirectory,
        fetcher: Fetcher,
        folder: ImportFolder | None,
        jobs: Jobs,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._catalog = catalog
        self._stores = stores
        self._fetcher = fetcher
        self._folder = folder
        self._jobs = jobs
        self._audit = audit
        self._clock = clock

    async def create(self, *, store_id: UUID, actor: Actor, data: NewImportSource) -> ImportSourceView:
        """It starts at its next hour, never at once. Raises TooManySources, and Invalid for a bad place."""
        now, facts = self._clock(), await self._stores.facts(store_id)
        await self._catalog.known_store(facts)
        if await self._sources.count(store_id) >= MOST_SOURCES:
            raise TooManySources
        source = ImportSourceView(
            id=new_id(),
            **_sent(data),
            started_on=started_already(hour=data.hour, timezone=facts.timezone, now=now),
            last_run=None,
            version=1,
            created_at=now,
            updated_at=now,
        )
        self._check(source)
        await self._sources.add(source, store_id=store_id, created_by=actor.user_id)
        await self._note(actor, "import-sources.create", store_id, source.id, after=source)
        return source

    async def sources(self, *, store_id: UUID, limit: int, cursor: str | None) -> Page[ImportSourceView]:
        """The oldest first."""
        after = decode_cursor(cursor, sort=SORT, length=1)
        try:
            last = UUID(str(after.keys[0])) if after else None
        except ValueError:
            raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of the page before.") from None
        found = await self._sources.of_store(store_id=store_id, after=last, limit=limit + 1)
        return page_of(list(found), limit, lambda source: encode_cursor(SORT, source.id))

    async def source(self, *, store_id: UUID, source_id: UUID) -> ImportSourceView:
        return (await self._state(store_id, source_id)).view

    async def change(
        self, *, store_id: UUID, source_id: UUID, data: ImportSourcePatch, version: int | None, actor: Actor
    ) -> ImportSourceView:
        """Raises Stale, and Invalid for a bad place."""
        before = (await self._state(store_id, source_id)).view
        wanted = msgspec.structs.replace(before, **_sent(data))
        self._check(wanted)
        if not await self._sources.save(wanted, store_id=store_id, version=version, now=self._clock()):
            raise Stale
        after = (await self._state(store_id, source_id)).view
        await self._note(actor, "import-sources.change", store_id, source_id, before=before, after=after)
        return after

    async def delete(self, *, store_id: UUID, source_id: UUID, actor: Actor) -> None:
        """What it imported stays."""
        if not await self._sources.delete(store_id=store_id, source_id=source_id, now=self._clock()):
            raise NotFound
        await self._note(actor, "import-sources.delete", store_id, source_id)

    async def run(self, *, store_id: UUID, source_id: UUID, actor: Actor) -> UUID:
        """The job's id; what was imported last is imported again."""
        await self._state(store_id, source_id)
        job_id = await self._start(store_id, source_id, actor, user_id=actor.user_id, forced=True)
        await self._note(actor, "import-sources.run", store_id, source_id)
        return job_id

    async def start_due(self, now: datetime) -> None:
        """Those of every store whose hour has come, each once a day."""
        for due in await self._sources.start_due(now):
            await self._start(due.store_id, due.source_id, SYSTEM, user_id=due.created_by, forced=False)

    async def _start(
        self, store_id: UUID, source_id: UUID, actor: Actor, *, user_id: UUID | None, forced: bool
    ) -> UUID:
        payload = RunSource(store_id=store_id, source_id=source_id, actor=actor.label, forced=forced)
        job_id = await self._jobs.start(kind=RUN_SOURCE, payload=payload, store_id=store_id, user_id=user_id)
        await self._sources.started(store_id=store_id, source_id=source_id, job_id=job_id)
        return job_id

    def _check(self, source: ImportSourceView) -> None:
        if source.kind == "folder" and self._folder is None:
            message = "Nobody has set up an import folder here; give an address."
            raise invalid_field("/kind", "no_import_folder", message)
        try:
            if source.kind == "folder":
                check_path(source.location)
            else:
                self._fetcher.check(source.location)
        except Invalid as error:
            raise invalid_field("/location", error.code, str(error)) from None

    async def _state(self, store_id: UUID, source_id: UUID) -> SourceState:
        found = await self._sources.one(store_id=store_id, source_id=source_id)
        if found is None:
            raise NotFound
        return found

    async def _note(
        self,
        actor: Actor,
        action: str,
        store_id: UUID,
        source_id: UUID,
        *,
        before: ImportSourceView | None = None,
        after: ImportSourceView | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"import-source:{source_id}",
            store_id=store_id,
            before=before,
            after=after,
        )


def _sent(data: NewImportSource | ImportSourcePatch) -> dict[str, Any]:
    given = {name: getattr(data, name) for name in FIELDS if getattr(data, name) is not UNSET}
    return given | {"name": given["name"].strip()} if "name" in given else given

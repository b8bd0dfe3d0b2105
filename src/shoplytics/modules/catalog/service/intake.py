"""One run of an import source: its file brought in, looked at whether it is news, and what came of it."""

import hashlib
from collections.abc import AsyncIterator
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.csv_rows import MAX_UNPACKED, BadFile
from shoplytics.kernel.errors import Invalid, NotFound, ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.modules.catalog.ports import SourceRepository, SourceState
from shoplytics.modules.catalog.service.importing import ImportProducts
from shoplytics.modules.catalog.service.progress import ImportProgress
from shoplytics.modules.catalog.service.reports import ImportReports
from shoplytics.modules.catalog.service.sources import RunSource
from shoplytics.ports.catalog import ImportResult, ImportSourceRan, ImportSourceView, SourceRun
from shoplytics.ports.fetcher import Fetcher
from shoplytics.ports.import_folder import ImportFolder
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import StoreDirectory

LIMIT = MAX_UNPACKED
SECONDS = 600.0


class NoFile(Invalid):
    code = "no_file"
    message = "No file in the store's import folder has that name."


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """The job's cursor: the file as it lies in the object store, and how far its import is."""

    key: str
    name: str
    digest: str
    progress: ImportProgress = msgspec.field(default_factory=ImportProgress)

    def at(self, progress: ImportProgress) -> "Arrival":
        return msgspec.structs.replace(self, progress=progress)


class SourceDoor:
    """Usable outside any unit of work: what it takes may need minutes."""

    def __init__(self, *, fetcher: Fetcher, folder: ImportFolder | None, objects: ObjectStore) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._objects = objects

    async def take(self, source: ImportSourceView, *, store_id: UUID) -> Arrival:
        """Raises Invalid (of ports/fetcher.py, NoFile, BadFile) when there is nothing to be had."""
        key = f"imports/{store_id}/{new_id()}"
        if source.kind == "url":
            async with self._fetcher.fetch(source.location, limit=LIMIT, seconds=SECONDS) as fetched:
                digest = await self._keep(key, fetched.chunks)
            return Arrival(key=key, name=source.location, digest=digest)
        found = None
        if self._folder is not None:
            found = await self._folder.newest(store_id=store_id, pattern=source.location)
        if found is None or self._folder is None:
            raise NoFile
        try:
            digest = await self._keep(key, self._folder.read(store_id=store_id, name=found.name))
        except NotFound:
            raise NoFile from None
        return Arrival(key=key, name=found.name, digest=digest)

    async def discard(self, arrival: Arrival) -> None:
        await self._objects.delete(arrival.key)

    async def _keep(self, key: str, chunks: AsyncIterator[bytes]) -> str:
        digest = hashlib.sha256()

        async def seen() -> AsyncIterator[bytes]:
            size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > LIMIT:
                    raise BadFile(code="file_too_large")
                digest.update(chunk)
                yield chunk

        await self._objects.put(key, seen())
        return digest.hexdigest()


class Intake:
    """Within the units of work of a run's job."""

    def __init__(
        self,
        *,
        sources: SourceRepository,
        reports: ImportReports,
        stores: StoreDirectory,
        door: SourceDoor,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.door = door
        self._sources = sources
        self._reports = reports
        self._stores = stores
        self._outbox = outbox
        self._clock = clock

    async def source(self, asked: RunSource) -> SourceState:
        """Raises NotFound for one that was deleted meanwhile."""
        found = await self._sources.one(store_id=asked.store_id, source_id=asked.source_id)
        if found is None:
            raise NotFound
        return found

    async def unchanged(self, asked: RunSource, *, job_id: UUID, arrival: Arrival) -> SourceRun:
        """Nobody is told."""
        message = "The file is the one that was imported last."
        return await self._keep(asked, job_id, "unchanged", file=arrival.name, message=message)

    async def imported(
        self, asked: RunSource, *, job_id: UUID, arrival: Arrival, report: ImportResult
    ) -> SourceRun:
        """Told when it changed something or had bad rows."""
        await self._sources.imported(
            store_id=asked.store_id, source_id=asked.source_id, digest=arrival.digest
        )
        run = await self._keep(asked, job_id, "imported", file=arrival.name, report=report)
        if report.created or report.updated or report.rejected or report.duplicates:
            await self._tell(asked, job_id)
        return run

    async def failed(self, asked: RunSource, *, job_id: UUID, file: str, error: ShopError) -> None:
        """Told once a day, by the store's clock."""
        facts = await self._stores.facts(asked.store_id)
        await self._keep(asked, job_id, "failed", file=file, message=str(error))
        day = self._clock().astimezone(ZoneInfo(facts.timezone)).date()
        if await self._sources.tell_failure(store_id=asked.store_id, source_id=asked.source_id, day=day):
            await self._tell(asked, job_id)

    async def _keep(
        self,
        asked: RunSource,
        job_id: UUID,
        status: Literal["imported", "unchanged", "failed"],
        *,
        file: str,
        message: str = "",
        report: ImportResult | None = None,
    ) -> SourceRun:
        facts = await self._stores.facts(asked.store_id)
        run = SourceRun(
            job_id=job_id, at=self._clock(), status=status, file=file, message=message, report=report
        )
        await self._reports.keep(
            run, store_id=asked.store_id, job_id=job_id, currency=facts.currency, source_id=asked.source_id
        )
        return run

    async def _tell(self, asked: RunSource, job_id: UUID) -> None:
        await self._outbox.add(
            ImportSourceRan(store_id=asked.store_id, source_id=asked.source_id, job_id=job_id)
        )


def upload_of(asked: RunSource, arrival: Arrival, source: ImportSourceView) -> ImportProducts:
    """The run as an import of an uploaded file."""
    return ImportProducts(
        key=arrival.key,
        store_id=asked.store_id,
        layout=source.format,
        dry_run=False,
        actor=asked.actor,
    )

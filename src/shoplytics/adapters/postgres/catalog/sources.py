"""Places that stores import from every night."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import from_json
from shoplytics.modules.catalog.ports import DueSource, SourceState
from shoplytics.ports.catalog import ImportSourceView, SourceRun

COLUMNS = """s.id, s.name, s.kind, s.location, s.layout, s.hour, s.active, s.started_on, s.version,
    s.created_at, s.updated_at, (
        select r.result::text from catalog_import_report r
        where r.store_id = s.store_id and r.source_id = s.id order by r.job_id desc limit 1
    ), s.digest, s.created_by"""
ADD = """
    insert into catalog_import_source (id, store_id, name, kind, location, layout, hour, active, started_on,
        created_by, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
"""
COUNT = "select count(*) from catalog_import_source where store_id = $1 and deleted_at is null"
OF_STORE = f"""
    select {COLUMNS} from catalog_import_source s
    where s.store_id = $1 and s.deleted_at is null and ($2::uuid is null or s.id > $2) order by s.id limit $3
"""
ONE = f"""
    select {COLUMNS} from catalog_import_source s
    where s.store_id = $1 and s.id = $2 and s.deleted_at is null
"""
SAVE = """
    update catalog_import_source set name = $3, kind = $4, location = $5, layout = $6, hour = $7, active = $8,
        digest = case when (kind, location, layout) = ($4, $5, $6) then digest end,
        version = version + 1, updated_at = $10
    where store_id = $1 and id = $2 and deleted_at is null and ($9::int is null or version = $9)
"""
DELETE = """
    update catalog_import_source set deleted_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is null
"""
# Who comes second waits for the row, then finds the day marked.
START_DUE = """
    update catalog_import_source s set started_on = ($1::timestamptz at time zone c.timezone)::date
    from catalog_store c
    where c.store_id = s.store_id and c.active and s.active and s.deleted_at is null
        and extract(hour from $1::timestamptz at time zone c.timezone) >= s.hour
        and (s.started_on is null or s.started_on < ($1::timestamptz at time zone c.timezone)::date)
    returning s.store_id, s.id, s.created_by
"""
STARTED = "update catalog_import_source set job_id = $3 where store_id = $1 and id = $2"
IMPORTED = "update catalog_import_source set digest = $3 where store_id = $1 and id = $2"
TELL_FAILURE = """
    update catalog_import_source set told_on = $3
    where store_id = $1 and id = $2 and told_on is distinct from $3
"""


def _view(row: asyncpg.Record) -> ImportSourceView:
    return ImportSourceView(
        id=row[0],
        name=row[1],
        kind=row[2],
        location=row[3],
        format=row[4],
        hour=row[5],
        active=row[6],
        started_on=row[7],
        version=row[8],
        created_at=row[9],
        updated_at=row[10],
        last_run=None if row[11] is None else from_json(row[11], SourceRun),
    )


class PgSources:
    """See SourceRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, source: ImportSourceView, *, store_id: UUID, created_by: UUID | None) -> None:
        await self._work.raw.execute(
            ADD, source.id, store_id, source.name, source.kind, source.location, source.format, source.hour,
            source.active, source.started_on, created_by, source.created_at,
        )  # fmt: skip

    async def count(self, store_id: UUID) -> int:
        found: int = await self._work.raw.fetchval(COUNT, store_id)
        return found

    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[ImportSourceView]:
        return [_view(row) for row in await self._work.raw.fetch(OF_STORE, store_id, after, limit)]

    async def one(self, *, store_id: UUID, source_id: UUID) -> SourceState | None:
        row = await self._work.raw.fetchrow(ONE, store_id, source_id)
        return None if row is None else SourceState(view=_view(row), digest=row[12], created_by=row[13])

    async def save(
        self, source: ImportSourceView, *, store_id: UUID, version: int | None, now: datetime
    ) -> bool:
        done = await self._work.raw.execute(
            SAVE, store_id, source.id, source.name, source.kind, source.location, source.format, source.hour,
            source.active, version, now,
        )  # fmt: skip
        return done == "UPDATE 1"

    async def delete(self, *, store_id: UUID, source_id: UUID, now: datetime) -> bool:
        return await self._work.raw.execute(DELETE, store_id, source_id, now) == "UPDATE 1"

    async def start_due(self, now: datetime) -> Sequence[DueSource]:
        rows = await self._work.raw.fetch(START_DUE, now)
        return [DueSource(store_id=row[0], source_id=row[1], created_by=row[2]) for row in rows]

    async def started(self, *, store_id: UUID, source_id: UUID, job_id: UUID) -> None:
        await self._work.raw.execute(STARTED, store_id, source_id, job_id)

    async def imported(self, *, store_id: UUID, source_id: UUID, digest: str) -> None:
        await self._work.raw.execute(IMPORTED, store_id, source_id, digest)

    async def tell_failure(self, *, store_id: UUID, source_id: UUID, day: date) -> bool:
        return await self._work.raw.execute(TELL_FAILURE, store_id, source_id, day) == "UPDATE 1"

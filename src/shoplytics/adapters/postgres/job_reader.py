"""Jobs as their users see them; row-level security says which ones these are."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.jobs import JobError, JobProgress, JobStatus, JobView, RowError

ONE = """
    select id, kind, status, done, total, result::text, error::text, error_rows, store_id,
        created_at, finished_at
    from platform_job where id = $1
"""
ERRORS = """
    select line, code, message, source_row from platform_job_error
    where job_id = $1 and (line, code) > ($2, $3) order by line, code limit $4
"""
CHUNK = 1_000


class JobReader:
    """Reads only; workers write by jobs.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def one(self, job_id: UUID, *, errors_url: str) -> JobView | None:
        """None for a job that does not exist or that the caller may not see."""
        row = await self._work.raw.fetchrow(ONE, job_id)
        if row is None:
            return None
        return JobView(
            id=row["id"],
            kind=row["kind"],
            status=JobStatus(row["status"]),
            progress=JobProgress(row["done"], row["total"]),
            result=row["result"] and msgspec.json.decode(row["result"], type=dict[str, object]),
            error=row["error"] and msgspec.json.decode(row["error"], type=JobError),
            errors_url=errors_url if row["error_rows"] else None,
            store_id=row["store_id"],
            created_at=row["created_at"],
            finished_at=row["finished_at"],
        )

    async def errors(self, job_id: UUID) -> AsyncIterator[list[RowError]]:
        """Every refused row in the order of its line, a thousand at a time."""
        line, code = 0, ""
        while True:
            rows = await self._work.raw.fetch(ERRORS, job_id, line, code, CHUNK)
            if rows:
                yield [RowError(line=r[0], code=r[1], message=r[2], row=r[3]) for r in rows]
                line, code = rows[-1]["line"], rows[-1]["code"]
            if len(rows) < CHUNK:
                return

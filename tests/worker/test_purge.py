"""What the hourly clean-up takes away, and what it leaves."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from shoplytics.adapters.postgres.queue import Row
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.worker.tasks import PURGE, Task, bind, queue_for

KEEP = """
    insert into platform_idempotency (scope, key, fingerprint, status, content_type, body, created_at)
    values ('user:1', $1, '', 201, 'application/json', '{}', $2)
"""
KEYS = "select key from platform_idempotency"


async def one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def age(folder: Path, by: timedelta) -> None:
    """Make the files named `old` look that old."""
    then = (utc_now() - by).timestamp()
    for path in folder.rglob("old"):
        os.utime(path, (then, then))


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def purge(infra: Infra) -> None:
    queue = queue_for(infra, [])
    task: Task = bind(infra, queue, [])[PURGE]
    await queue.add(new_id(), PURGE, "{}")
    rows: list[Row] = await queue.claim(1, jobs=0)
    await task.run(rows[0])


class TestPurge:
    async def test_forgets_uploads_nobody_came_for(self, infra: Infra, home: Path) -> None:
        for key in ("imports/a/old", "imports/a/new", "uploads/a/old", "uploads/a/new", "media/old"):
            await infra.objects.put(key, one(b"x"))
        age(home, timedelta(days=8))
        await purge(infra)
        assert files(home / "objects") == {"imports/a/new", "uploads/a/new", "media/old"}

    async def test_keeps_answers_for_a_day_at_least(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            for key, hours in (("old", 49), ("young", 25)):
                await work.raw.execute(KEEP, key, utc_now() - timedelta(hours=hours))
            await work.commit()
        await purge(infra)
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert [row["key"] for row in await work.raw.fetch(KEYS)] == ["young"]

"""Tracking at 64 connections beside a route that does nothing: `python -m benchmarks.track`.

And the promise behind the figure: whatever was answered 202 is in the database after `kill -9` of the API.
"""

import asyncio
import itertools
import json
from collections.abc import Hashable

import asyncpg

from benchmarks import load
from benchmarks.stage import Stage, in_turns, run
from benchmarks.table import Row

CONNECTIONS = 64
LEAST = 3000
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
STORED = "select path from tracking_visit where store_id = $1::uuid and path like '/bench/%'"
KILL_AFTER = 1.0


class Pages:
    """One visit after the other, each of a page of its own; its path is the token of its acknowledgement."""

    def __init__(self, store_id: str, path: str) -> None:
        self._store_id = store_id
        self._path = path
        self._numbers = itertools.count(1)

    def __call__(self) -> tuple[bytes, Hashable]:
        number = next(self._numbers)
        page = f"/bench/{number}"
        body = {"store_id": self._store_id, "path": page, "page_id": f"{number:016x}"}
        headers = f"User-Agent: {AGENT}\r\n"
        return load.post(
            self._path, json.dumps(body).encode(), content_type="text/plain", headers=headers
        ), page


async def rows(stage: Stage) -> list[Row]:
    """The rate, then a run that is cut short by SIGKILL."""
    api, floor = await stage.api(), await stage.floor()
    store_id = str(stage.demo.stores[0].id)
    pages = Pages(store_id, "/api/v1/track")
    ours, bare = await in_turns(
        (api, pages), (floor, Pages(store_id, "/track")), connections=CONNECTIONS, seconds=3
    )
    sql = await stage.statements(pages, api.port)
    acknowledged, missing = await _survives(stage, pages)
    lost = await _missing(stage, ours.outcome.acknowledged)
    return [
        Row(
            figure="visits tracked",
            ours=ours.rate,
            floor=bare.rate,
            unit=f"requests/s at {CONNECTIONS} connections",
            cpu_us=ours.cpu_us,
            floor_cpu_us=bare.cpu_us,
            sql=sql,
            target=LEAST,
            note=f"p99 {ours.outcome.percentile(0.99):.0f} ms, {lost} missing; SQL is of one at a time",
        ),
        Row(
            figure="visits missing after kill -9",
            ours=missing,
            unit=f"of {acknowledged:,} acknowledged",
            target=0,
            less_is_better=True,
        ),
    ]


async def _survives(stage: Stage, pages: Pages) -> tuple[int, int]:
    api = await stage.api()
    running = asyncio.create_task(load.run(api.port, pages, connections=CONNECTIONS, seconds=30))
    await asyncio.sleep(KILL_AFTER)
    await asyncio.to_thread(api.kill)
    outcome = await running
    await stage.api()
    return len(outcome.acknowledged), await _missing(stage, outcome.acknowledged)


async def _missing(stage: Stage, acknowledged: list[Hashable]) -> int:
    owner = await asyncpg.connect(stage.owner_url)
    try:
        stored = {row["path"] for row in await owner.fetch(STORED, stage.demo.stores[0].id)}
    finally:
        await owner.close()
    return len(set(acknowledged) - stored)


if __name__ == "__main__":
    run(rows)

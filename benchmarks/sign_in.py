"""The product list beside sign-ins, and the event loop's longest stall: `python -m benchmarks.sign_in`.

A sign-in costs processor time on purpose. It may take that from the list and nothing else, so the floor is
what the list alone reaches, less the share of the machine that the sign-ins used.
"""

import asyncio
import itertools
import json
import os
import time

import httpx

from benchmarks import load
from benchmarks.load import Outcome
from benchmarks.processes import Server
from benchmarks.stage import Stage, run
from benchmarks.table import Row

CONNECTIONS = 16
SECONDS = 4.0
LONGEST_MS = 20.0
PASSWORD = "seven grey herons on a wire"  # noqa: S105 - of nobody
LIST = load.get("/api/v1/products")


async def rows(stage: Stage) -> list[Row]:
    """On an API of its own, watched by benchmarks/probed.py."""
    book = stage.home / "stalls"
    arguments = ("-m", "benchmarks.probed", str(book), "serve")
    api = Server(*arguments, environ=stage.environ, log=stage.home / "probed.log")
    stage.started.append(api)
    await asyncio.to_thread(api.wait, "/health/ready")
    signing = await _people(api)
    for source in (LIST, signing):
        await load.run(api.port, source, connections=CONNECTIONS, seconds=1.0)
    alone, _ = await _run(api, LIST)
    signed, cost = await _run(api, signing)
    begin = time.time()
    beside, among = await asyncio.gather(_load(api, LIST), _load(api, signing))
    stall = max(_stalls(book.read_text(), since=begin))
    for outcome in (alone, signed, beside, among):
        if outcome.lost or set(outcome.statuses) != {200}:
            msg = f"answers other than 200: {outcome.statuses}, connections lost: {outcome.lost}"
            raise RuntimeError(msg)
    taken = among.rate * cost / (os.cpu_count() or 1)
    return [
        Row(
            figure="product list beside sign-ins",
            ours=beside.rate,
            floor=alone.rate * (1 - taken),
            unit=f"requests/s at {CONNECTIONS} connections each",
            target=1.0,
            target_is_share=True,
            note=f"alone {alone.rate:,.0f}/s; sign-ins take {taken:.0%} of the machine",
        ),
        Row(
            figure="sign-ins beside the list",
            ours=among.rate,
            unit=f"requests/s at {CONNECTIONS} connections each",
            cpu_us=1e6 * cost,
            note=f"alone {signed.rate:.0f}/s; p99 {among.percentile(0.99):.0f} ms",
        ),
        Row(
            figure="event loop's longest stall",
            ours=stall,
            unit="ms, both running",
            target=LONGEST_MS,
            less_is_better=True,
        ),
    ]


async def _people(api: Server) -> load.Source:
    """Sixteen people sign in, one after the other, over and over."""
    requests = []
    async with httpx.AsyncClient(base_url=f"{api.url}/api/v1", timeout=60) as client:
        for number in range(CONNECTIONS):
            person = {"email": f"bench-{number}@example.com", "password": PASSWORD}
            (await client.post("/auth/register", json=person)).raise_for_status()
            body = json.dumps({"identifier": person["email"], "password": PASSWORD})
            requests.append(load.post("/api/v1/auth/login", body.encode()))
    turns = itertools.cycle(requests)
    return lambda: (next(turns), None)


def _load(api: Server, source: load.Source) -> "asyncio.Future[Outcome]":
    return asyncio.ensure_future(load.run(api.port, source, connections=CONNECTIONS, seconds=SECONDS))


async def _run(api: Server, source: load.Source) -> tuple[Outcome, float]:
    """With the processor seconds of one request."""
    before = api.cpu_seconds() or 0.0
    outcome = await _load(api, source)
    spent = (api.cpu_seconds() or 0.0) - before
    return outcome, spent / max(1, sum(outcome.statuses.values()))


def _stalls(text: str, *, since: float) -> list[float]:
    """In ms."""
    lines = (line.split() for line in text.splitlines())
    return [float(worst) for moment, worst in lines if float(moment) > since]


if __name__ == "__main__":
    run(rows)

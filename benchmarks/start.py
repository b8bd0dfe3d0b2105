"""From `shoplytics up` to ready, and the API's memory under load: `python -m benchmarks.start`.

Ready is the first 200 of /health/ready. A later start finds its data and a schema at its head; the processor
time is that of everything in it which has to happen before.
"""

import asyncio
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import load
from benchmarks.processes import TICKS, Server
from benchmarks.stage import Stage, in_turns, run
from benchmarks.table import Row

MOST_SECONDS = 3.0
MOST_MB = 150.0
TIMES = 5
CONNECTIONS = 16


@dataclass(frozen=True, kw_only=True)
class Started:
    """`cpu` is in seconds, or None where /proc is not there."""

    seconds: float
    cpu: float | None


async def rows(stage: Stage) -> list[Row]:
    """The starts have a home of their own and no demo, which is loaded after the API is ready."""
    home = Path(tempfile.mkdtemp(prefix="shoplytics start "))
    try:
        first = await asyncio.to_thread(_start, home)
        later = [await asyncio.to_thread(_start, home) for _ in range(TIMES)]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return [
        _row("first start", [first], None),
        _row("start on existing data", later, MOST_SECONDS),
        await _memory(stage),
    ]


def _row(figure: str, starts: list[Started], target: float | None) -> Row:
    cpu = [start.cpu for start in starts if start.cpu is not None]
    return Row(
        figure=figure,
        ours=median(start.seconds for start in starts),
        unit="s",
        target=target,
        less_is_better=True,
        note=f"CPU {median(cpu):.1f} s, best of {len(starts)}: {min(start.seconds for start in starts):.1f} s"
        if cpu
        else "",
    )


def _start(home: Path) -> Started:
    before = perf_counter()
    environ = {"SHOPLYTICS_HOME": str(home / "home"), "SHOPLYTICS_DEMO": "0"}
    up = Server("-m", "shoplytics", "up", environ=environ, log=home / "up.log")
    try:
        up.wait("/health/ready")
        seconds = perf_counter() - before
        api = json.loads((home / "home" / "run.json").read_text())["children"]["api"]
        return Started(seconds=seconds, cpu=_cpu(api, up.pid))
    finally:
        up.stop()


def _cpu(*pids: int) -> float | None:
    """User and system time of these and of their ended children."""
    try:
        texts = [Path(f"/proc/{pid}/stat").read_text() for pid in pids]
    except OSError:
        return None
    return sum(int(part) for text in texts for part in text.rpartition(")")[2].split()[11:15]) / TICKS


async def _memory(stage: Stage) -> Row:
    """After a while of product lists and details, with all that is loaded late loaded."""
    api = await stage.api()
    async with stage.client() as client:
        for path in ("/openapi.json", "/docs", "/metrics"):
            (await client.get(f"{api.url}{path}")).raise_for_status()
        listed = (await client.get("/products?limit=1")).raise_for_status().json()
    for path in ("/api/v1/products?limit=20", f"/api/v1/products/{listed['items'][0]['id']}"):
        await in_turns((api, load.get(path)), connections=CONNECTIONS, rounds=1)
    return Row(
        figure="API process, resident",
        ours=api.memory_mb() or 0.0,
        unit="MB",
        target=MOST_MB,
        less_is_better=True,
        note=f"at its peak {_peak(api.pid):.0f} MB",
    )


def _peak(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    run(rows)

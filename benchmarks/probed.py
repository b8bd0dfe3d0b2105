"""`python -m benchmarks.probed FILE serve`: our API, with a watch on its event loop that the product has not.

Each line of FILE is a moment (seconds since the epoch) and the longest delay of a timer since, in ms.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvicorn

from shoplytics.cli import main

EVERY = 0.001
TELL = 0.2


async def watch(book: Path) -> None:
    """A timer that is due each millisecond: what it is late by, nothing else could run either."""
    worst, told = 0.0, time.monotonic()
    with book.open("a", buffering=1) as lines:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(EVERY)
            worst = max(worst, time.perf_counter() - asked - EVERY)
            if time.monotonic() - told > TELL:
                lines.write(f"{time.time():.3f} {1000 * worst:.3f}\n")
                worst, told = 0.0, time.monotonic()


class Probed(uvicorn.Server):
    """Watches from the moment it serves."""

    book = Path()

    async def main_loop(self) -> None:
        watching = asyncio.create_task(watch(self.book))
        await super().main_loop()
        watching.cancel()


if __name__ == "__main__":
    Probed.book = Path(sys.argv[1])
    uvicorn.Server = Probed  # type: ignore[misc]  # what `serve` starts
    raise SystemExit(main(sys.argv[2:]))

"""How a process hears that it should end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def until_told(stop: asyncio.Event | None = None) -> AsyncIterator[asyncio.Event]:
    """`stop` itself, or an event that SIGTERM and SIGINT set."""
    told = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    names = () if stop is not None else (signal.SIGTERM, signal.SIGINT)
    for name in names:
        loop.add_signal_handler(name, told.set)
    try:
        yield told
    finally:
        for name in names:
            loop.remove_signal_handler(name)

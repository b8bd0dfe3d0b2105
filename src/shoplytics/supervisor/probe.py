"""Asks the API over HTTP, without a client library."""

import asyncio
from contextlib import suppress

_ANSWER_SECONDS = 5.0


async def is_ready(host: str, port: int) -> bool:
    """Whether GET /health/ready answers 200; it waits while the API is loading."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return (await reader.readline()).split(b" ")[1:2] == [b"200"]
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False

"""Slow and endless heads over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from shoplytics.api import Api, DeadlineProtocol


class Hasty(DeadlineProtocol):
    head_seconds = 0.2


@pytest.fixture
async def address(probe_app: Api) -> AsyncIterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        probe_app, http=Hasty, ws="none", lifespan="off", log_config=None, server_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()
    server.should_exit = True
    await serving


async def say(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Everything that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    found = await reader.read()
    writer.close()
    return found


class TestHead:
    @pytest.mark.parametrize("head", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\nx: "])
    async def test_that_never_ends_is_given_up(self, address: tuple[str, int], head: bytes) -> None:
        assert (await say(address, head)).startswith(b"HTTP/1.1 408 ")

    async def test_that_grows_for_ever_is_refused(self, address: tuple[str, int]) -> None:
        lines = [b"x: " + b"a" * 8000 + b"\r\n"] * 9
        found = await say(address, b"GET / HTTP/1.1\r\n", *lines)
        assert found.startswith(b"HTTP/1.1 431 ")

    async def test_that_is_whole_is_answered(self, address: tuple[str, int]) -> None:
        path = b"GET /api/v1/probe/public HTTP/1.1\r\n"
        found = await say(address, path, b"host: a\r\nconnection: close\r\n\r\n")
        assert found.startswith(b"HTTP/1.1 200 ")
        assert b"server:" not in found.lower()

    async def test_of_the_next_request_has_a_deadline_of_its_own(self, address: tuple[str, int]) -> None:
        one = b"GET /api/v1/probe/public HTTP/1.1\r\nhost: a\r\n\r\n"
        found = await say(address, one, b"GET /")
        assert found.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in found

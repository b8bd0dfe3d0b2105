"""API processes that are killed at a point of their work, and shoppers who ask again at the other one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import msgspec
import pytest

from shoplytics.settings import Settings
from tests.faults.proxy import Proxy, proxy
from tests.processes import Served, forked_api
from tests.proofs.pair import LIMITS, SECONDS, Pair, client_at

AGAIN = frozenset({"request_in_flight", "payment_begun"})
KEY = "Idempotency-Key"


def through(settings: Settings, line: Proxy) -> Settings:
    """Settings of a process that reaches PostgreSQL by that line."""
    server = settings.database_url.partition("host=")[2].partition("&")[0]
    url = settings.database_url.replace(server, str(line.socket.parent))
    return msgspec.structs.replace(settings, database_url=url)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    """Started beside the event loop, which the line to its database needs meanwhile."""
    with ExitStack() as running:
        api = await asyncio.to_thread(running.enter_context, forked_api(settings))
        async with client_at(api.address) as client:
            yield api, client


@dataclass(frozen=True)
class Doomed:
    """An API process with a line to its database of its own."""

    api: Served
    client: httpx.AsyncClient
    line: Proxy

    async def killed_at(self, point: bytes, request: Awaitable[httpx.Response], *, passed: int = 0) -> None:
        """`kill -9` when these bytes are on their way between it and PostgreSQL, which they never reach.

        The first `passed` messages with them do.
        """
        self.line.hold(point, passed=passed)
        asked = asyncio.ensure_future(request)
        async with asyncio.timeout(SECONDS):
            await self.line.held.wait()
        assert not asked.done()
        self.api.kill()
        await self.line.cut()
        with pytest.raises(httpx.TransportError):
            await asked


@asynccontextmanager
async def doomed(pair: Pair) -> AsyncIterator[Doomed]:
    async with proxy(pair.postgres) as line, served(through(pair.settings, line)) as (api, client):
        yield Doomed(api, client, line)


class Stubborn(httpx.AsyncBaseTransport):
    """Asks until there is an answer: at the next process when one is gone, later when told so."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = [httpx.URL(address) for address in addresses]
        self._transport = httpx.AsyncHTTPTransport(limits=LIMITS)
        self.cut_off = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        place = 0
        while True:
            there = self._addresses[place % len(self._addresses)]
            request.url = request.url.copy_with(host=there.host, port=there.port)
            try:
                answer = await self._transport.handle_async_request(request)
                await answer.aread()
            except httpx.TransportError as end:
                place += 1
                self.cut_off += not isinstance(end, httpx.ConnectError)
                continue
            if not _later(answer):
                return answer
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))

    async def aclose(self) -> None:
        await self._transport.aclose()


def _later(answer: httpx.Response) -> bool:
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return True
    return answer.status_code == httpx.codes.CONFLICT and answer.json()["code"] in AGAIN


def stubborn(*addresses: str) -> httpx.AsyncClient:
    return stubborn_by(Stubborn(*addresses))


def stubborn_by(transport: Stubborn) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=SECONDS)

"""Two API processes of one shop, reached over HTTP only, and a look at the rows that they write."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from shoplytics.settings import Settings
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import Orderer
from tests.processes import Served, forked, forked_api
from tests.proofs.proof import size
from tests.workers import until

CLIENTS = size(8, 32)
SECONDS = 60.0  # a busy machine is no broken promise
LIMITS = httpx.Limits(keepalive_expiry=2)
"""Sooner than the server, who closes an idle connection after five seconds, maybe just as it is used."""
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')
DUE = "update platform_schedule set next_at = now() where task = $1"


class Turns(httpx.AsyncBaseTransport):
    """Each request to the next process, whatever it is about."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = cycle([httpx.URL(address) for address in addresses])
        self._transport = httpx.AsyncHTTPTransport(limits=LIMITS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = next(self._addresses)
        request.url = request.url.copy_with(host=there.host, port=there.port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """`turns` speaks to both in turn, `clients` to one each. `owner` sees every row, changes only times."""

    addresses: tuple[str, str]
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
    turns: httpx.AsyncClient
    owner: "asyncpg.Connection[asyncpg.Record]"
    settings: Settings

    @property
    def postgres(self) -> Path:
        """The server's socket."""
        folder, _, port = self.settings.database_url.partition("host=")[2].partition("&port=")
        return Path(folder, f".s.PGSQL.{port}")

    async def shop(self, currency: str = "GBP") -> Merchant:
        return await open_shop(self.turns, currency)

    def orderers(self, count: int) -> list[Orderer]:
        """Guests, each with a process of their own to speak to."""
        return [Orderer(self.clients[number % 2]) for number in range(count)]

    async def rows(self, sql: str, *args: object) -> list[Any]:
        return list(await self.owner.fetch(sql, *args))

    async def stock(self, offer: object) -> tuple[int, int]:
        """On hand, and reserved."""
        sql = "select on_hand, reserved from catalog_offer where id = $1::text::uuid"
        (row,) = await self.rows(sql, str(offer))
        return row["on_hand"], row["reserved"]

    async def lapse(self) -> None:
        """What is held is held no more, by the scheduler and a worker as processes of their own."""
        await self.owner.execute("update sales_order set held_until = now() - interval '1 second'")

        async def freed() -> bool:
            await self.owner.execute(DUE, "sales.free_stock")
            return not await self.rows("select from sales_order where held_until is not null")

        with forked("scheduler", self.settings), forked("worker", self.settings):
            await until(freed, seconds=SECONDS)


@contextmanager
def two_processes(settings: Settings) -> Iterator[tuple[Served, Served]]:
    with forked_api(settings) as first, forked_api(settings) as second:
        yield first, second


def client_at(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, timeout=SECONDS, limits=LIMITS)


@asynccontextmanager
async def pair_of(addresses: tuple[str, str], settings: Settings, owner_url: str) -> AsyncIterator[Pair]:
    one, other = [client_at(address) for address in addresses]
    turns = httpx.AsyncClient(transport=Turns(addresses), base_url=addresses[0], timeout=SECONDS)
    owner = await asyncpg.connect(owner_url)
    async with one, other, turns:
        yield Pair(addresses=addresses, clients=(one, other), turns=turns, owner=owner, settings=settings)
    await owner.close()


async def by_turns(work: Sequence[Callable[[], Awaitable[httpx.Response]]]) -> list[httpx.Response]:
    """So many at a time; when one fails, once all are over: nothing is on its way any more."""
    free = asyncio.Semaphore(CLIENTS)

    async def one(deed: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        async with free:
            return await deed()

    tasks = [asyncio.ensure_future(one(deed)) for deed in work]
    await asyncio.wait(tasks)
    return [task.result() for task in tasks]


def counted(answers: Sequence[httpx.Response]) -> Counter[str]:
    return Counter(str(a.json().get("code", a.status_code)) for a in answers)


async def decide(client: httpx.AsyncClient, payment: Any, decision: str) -> httpx.Response:  # noqa: ANN401 - JSON
    """On the sandbox's pay page, as a browser would: `pay`, `fail` or `abandon`."""
    page = httpx.URL(payment["authorization_url"]).path
    shown = await client.get(page)
    form = {"form_token": FORM_TOKEN.findall(shown.text)[0], "decision": decision}
    cookie = "; ".join(f"{name}={value}" for name, value in shown.cookies.items())
    headers = {"Origin": f"http://{shown.request.headers['host']}", "Cookie": cookie}
    return await client.post(page, data=form, headers=headers)


async def begin(client: httpx.AsyncClient, checkout: Any, *, key: str | None = None) -> httpx.Response:  # noqa: ANN401 - JSON
    """An attempt to pay it."""
    headers = by_token(checkout) | ({} if key is None else {"Idempotency-Key": key})
    return await client.post(
        "/api/v1/payments", json={"checkout_id": checkout["checkout_id"]}, headers=headers
    )


async def verify(client: httpx.AsyncClient, checkout: Any, payment: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return await client.post(f"/api/v1/payments/{payment['id']}/verify", headers=by_token(checkout))


def by_token(checkout: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    return {"X-Order-Token": checkout["order_token"]}

"""Looks at what processes show, and at whether they keep it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any

import asyncpg
import httpx
import msgspec

from shoplytics.adapters.redis.copies import RedisCopies
from shoplytics.api import create_app
from shoplytics.settings import Settings
from tests.apps import client_of, hash_quickly
from tests.faults.proxy import Proxy
from tests.proofs.kills import through
from tests.workers import until

SOON = 25.0
"""For a machine that is busy. A copy that nobody drops lives for fifteen minutes."""
BEHIND = "update catalog_product set title = $2 where id = $1::uuid"
Look = Callable[[httpx.AsyncClient], Awaitable[Any]]


def page_of(product: str) -> Look:
    """What anybody is shown of it."""

    async def look(client: httpx.AsyncClient) -> Any:  # noqa: ANN401 - JSON
        answer = await client.get(f"/api/v1/products/{product}")
        return answer.json() if answer.status_code == 200 else answer.status_code

    return look


def seen(look: Look, *path: str | int) -> Look:
    """A part of what is shown, or the status of a refusal."""

    async def part(client: httpx.AsyncClient) -> Any:  # noqa: ANN401 - JSON
        found = await look(client)
        for name in path if not isinstance(found, int) else ():
            found = found[name]
        return found

    return part


async def items(client: httpx.AsyncClient) -> Any:  # noqa: ANN401 - JSON
    return (await client.get("/api/v1/products")).json()["items"]


def shows(client: httpx.AsyncClient, look: Look, wanted: object) -> Callable[[], Awaitable[bool]]:
    async def shown() -> bool:
        return bool(await look(client) == wanted)

    return shown


async def keeps(owner: asyncpg.Connection, product: str, *clients: httpx.AsyncClient) -> None:
    """Until each process keeps answers, which it does only while it hears of changes."""
    title, numbers = seen(page_of(product), "title"), count()

    async def kept(client: httpx.AsyncClient) -> bool:
        before = await title(client)
        await owner.execute(BEHIND, product, f"Unseen {next(numbers)}")
        return bool(await title(client) == before)

    for client in clients:
        await until(partial(kept, client), seconds=SOON)


@asynccontextmanager
async def reached_by(settings: Settings, *, postgres: Proxy | None = None, redis: Proxy | None = None) -> \
        AsyncIterator[httpx.AsyncClient]:  # fmt: skip
    """A process behind proxies, as far as a test can make one."""
    if postgres is not None:
        settings = through(settings, postgres)
    if redis is not None:
        number = settings.redis_url.rpartition("?")[2]
        url = f"unix://{redis.socket}?{number}"
        settings = msgspec.structs.replace(settings, redis_url=url, redis_seconds=0.2)
    app = create_app(settings)
    async with app.lifespan(), client_of(app) as client:
        hash_quickly(app.parts.infra)
        copies = app.parts.infra.copies
        assert isinstance(copies, RedisCopies)
        await copies.hearing()
        yield client

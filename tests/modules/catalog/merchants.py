"""A store's owner over HTTP, for the tests of the catalogue."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from tests.builders import Account, register, store_of
from tests.drain import drain

WAITING = """
    select count(*) from pg_locks l join pg_stat_activity a using (pid)
    where not l.granted and a.datname = current_database()
"""


class Merchant:
    """A signed-in owner and their store."""

    def __init__(self, client: httpx.AsyncClient, account: Account, store: UUID) -> None:
        self.client = client
        self.account = account
        self.store = store

    async def send(
        self, method: str, path: str, json: object = None, *, status: int = 200, **headers: str
    ) -> Any:  # noqa: ANN401 - JSON
        """`path` below the store's own; header names with underscores."""
        sent = self.account.headers | {name.replace("_", "-"): text for name, text in headers.items()}
        answer = await self.attempt(method, path, json, headers=sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def attempt(
        self, method: str, path: str, json: object = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Whatever comes of it."""
        address = f"/api/v1/stores/{self.store}{path}"
        sent = headers or self.account.headers
        return await self.client.request(method, address, json=json, headers=sent)

    async def product(self, **fields: object) -> Any:  # noqa: ANN401 - JSON
        return await self.send("POST", "/products", {"title": "Tea cup"} | fields, status=201)

    async def catch_up(self) -> None:
        """What the store's changes asked workers for is done."""
        app = self.client._transport.app  # type: ignore[attr-defined]
        assert isinstance(app, Api)
        await drain(app.parts.infra)


async def open_shop(client: httpx.AsyncClient, currency: str = "GBP") -> Merchant:
    account = await register(client)
    return Merchant(client, account, await store_of(client, account, currency=currency))


async def someone_waits(infra: Infra) -> None:
    """Until somebody waits for a lock."""
    pool = infra.database.pool(DbRole.SYSTEM)
    for _ in range(500):
        if await pool.fetchval(WAITING):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waits")

"""A shopper who orders, over HTTP, for the tests of checkout and orders."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import asyncpg.connection
import httpx

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from tests.modules.sales.buyers import Buyer

CHECKOUT = "/api/v1/checkout"
ADDRESS = {"name": "Ada Obi", "address1": "12 Marina Road", "city": "Lagos", "country": "NG"}
EMAIL = "ada@example.com"
BESIDE = ("typeinfo_tree", "set_config('jit'", "pg_notify")
"""What asyncpg asks once a connection of the types there are, and the bell, which many may share."""


class Orderer(Buyer):
    """Remembers the token of the last checkout."""

    order_token: str | None = None

    async def order(self, *, status: int = 201, key: str | None = None, **body: object) -> Any:  # noqa: ANN401 - JSON
        answer = await self.try_order(key=key, **body)
        assert answer.status_code == status, answer.text
        found = answer.json()
        self.order_token = found.get("order_token", self.order_token)
        return found

    async def try_order(self, *, key: str | None = None, **body: object) -> httpx.Response:
        form = {"shipping_address": ADDRESS} | ({} if self.account else {"email": EMAIL}) | body
        headers = self.headers | ({} if key is None else {"Idempotency-Key": key})
        answer = await self.client.post(CHECKOUT, json=form, headers=headers)
        while answer.status_code == 503:  # too many at once for this machine: nothing has happened
            await asyncio.sleep(float(answer.headers["retry-after"]))
            answer = await self.client.post(CHECKOUT, json=form, headers=headers)
        return answer

    async def about(
        self, method: str, path: str, json: object = None, *, status: int = 200, **headers: str
    ) -> Any:  # noqa: ANN401 - JSON
        """`path` below /orders; signed in, or by the last checkout's token."""
        known = self.account.headers if self.account else {"X-Order-Token": self.order_token or ""}
        sent = known | {name.replace("_", "-"): text for name, text in headers.items()}
        answer = await self.client.request(method, f"/api/v1/orders{path}", json=json, headers=sent)
        assert answer.status_code == status, answer.text
        return answer.json()


async def stock_of(infra: Infra, offer: object) -> tuple[int, int]:
    """On hand, and reserved."""
    pool = infra.database.pool(DbRole.SYSTEM)
    row = await pool.fetchrow(
        "select on_hand, reserved from catalog_offer where id = $1::text::uuid", str(offer)
    )
    assert row is not None
    return row["on_hand"], row["reserved"]


async def change(owner_url: str, sql: str, *args: object) -> None:
    """As the owner of the tables, whom no policy stops."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(sql, *args)
    await owner.close()


def offer_of(product: Any) -> UUID:  # noqa: ANN401 - JSON
    return UUID(product["variants"][0]["offers"][0]["id"])


async def note_statements(infra: Infra, seen: list[str]) -> None:
    """What the connections for shoppers and payments run for them from now on, as the server is sent it."""

    def note(record: asyncpg.connection.LoggedQuery) -> None:
        if not any(word in record.query for word in BESIDE):
            seen.append(" ".join(record.query.split()))

    async with AsyncExitStack() as lent:
        for pool in [infra.database.units, infra.database.keyed()] * 10:  # all there may be
            connection = await lent.enter_async_context(pool.acquire())
            connection.add_query_logger(note)

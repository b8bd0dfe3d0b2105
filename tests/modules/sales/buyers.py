"""A shopper over HTTP, for the tests of sales: a guest with a token, or somebody signed in."""

from typing import Any, TypeAlias
from uuid import UUID

import httpx

from tests.builders import Account

CART = "/api/v1/cart"
Json: TypeAlias = Any


class Buyer:
    """Remembers the token that the first answer brings, as a shop's page does."""

    def __init__(self, client: httpx.AsyncClient, account: Account | None = None) -> None:
        self.client = client
        self.account = account
        self.token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        known = dict(self.account.headers) if self.account is not None else {}
        return known if self.token is None else known | {"X-Cart-Token": self.token}

    async def attempt(self, method: str, path: str = "", json: object = None) -> httpx.Response:
        """`path` below the cart's own, unless it begins with /api."""
        address = path if path.startswith("/api") else f"{CART}{path}"
        answer = await self.client.request(method, address, json=json, headers=self.headers)
        if answer.status_code < 300 and answer.json().get("token"):
            self.token = answer.json()["token"]
        return answer

    async def send(self, method: str, path: str = "", json: object = None, *, status: int = 200) -> Json:
        answer = await self.attempt(method, path, json)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def add(
        self,
        product: Json,
        quantity: int = 1,
        *,
        store: UUID | None = None,
        status: int = 201,
    ) -> Json:
        body: dict[str, object] = {"variant_id": product["variants"][0]["id"], "quantity": quantity}
        return await self.send(
            "POST", "/items", body if store is None else body | {"store_id": str(store)}, status=status
        )

    async def cart(self) -> Json:
        return await self.send("GET")

    async def quote(self, *, status: int = 200, **body: object) -> Json:
        address = {"name": "Ada Obi", "address1": "12 Marina Road", "city": "Lagos", "country": "NG"}
        return await self.send(
            "POST", "/api/v1/checkout/quote", {"shipping_address": address} | body, status=status
        )


def shown(cart: Json) -> dict[str, int]:
    """Pieces by title."""
    return {line["title"]: line["quantity"] for line in cart["lines"]}

"""What the demo asks the API for."""

from typing import Any
from uuid import UUID

import httpx

from shoplytics.kernel.money import minor_of, text_of
from shoplytics.seed.ranges import Neighbour, Range, attributes_of


class Client:
    """The API's answers as JSON; what cannot be done raises httpx.HTTPStatusError."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(path, json=body)
        made: dict[str, Any] = answer.raise_for_status().json()
        return made

    async def items(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Of one page."""
        answer = await self.http.get(path, params=params)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found


class Shelves:
    """How a store sorts its products: what is missing of it is made."""

    def __init__(self, client: Client, store_id: UUID) -> None:
        self._client = client
        self._base = f"/stores/{store_id}"

    async def put_up(self, shelves: Range) -> dict[str, str]:
        """The id of the category of each kind of goods."""
        codes = {one["code"] for one in await self._client.items(f"{self._base}/attributes")}
        for body in attributes_of(shelves):
            if body["code"] not in codes:
                await self._client.send(f"{self._base}/attributes", body)
        path = f"{self._base}/categories"
        there = {(one["parent_id"], one["name"]): one["id"] for one in await self._client.items(path)}
        found: dict[str, str] = {}
        for top, kinds in shelves.tree.items():
            above = await self._category(None, top, there)
            for kind in kinds:
                found[kind] = above if kind == top else await self._category(above, kind, there)
        return found

    async def _category(self, above: str | None, name: str, there: dict[tuple[str | None, str], str]) -> str:
        if (above, name) not in there:
            body = {"name": name, "parent_id": above}
            there[above, name] = (await self._client.send(f"{self._base}/categories", body))["id"]
        return there[above, name]


async def offer_too(
    client: Client, neighbour: Neighbour, neighbour_id: UUID, products: dict[str, UUID]
) -> None:
    """The neighbour's offers of what `products`, by title, are; those that are there stay as they are."""
    offers = f"/stores/{neighbour_id}/offers"
    there = {one["variant_id"] for one in await client.items(offers, limit="100")}
    for title, part in neighbour.goods.items():
        answer = await client.http.get(f"/products/{products[title]}")
        variant = answer.raise_for_status().json()["variants"][0]
        if variant["id"] in there:
            continue
        price = minor_of(variant["offers"][0]["price"]["amount"], neighbour.currency)
        body = {
            "variant_id": variant["id"],
            "sku": f"CC-{variant['offers'][0]['sku']}",
            "price": text_of(round(price * part), neighbour.currency),
            "quantity": 6,
        }
        await client.send(offers, body)

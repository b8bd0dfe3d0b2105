"""What a store's own product and variant show of other things, and the entity tag that tells of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.modules.catalog.merchants import Merchant, open_shop


class Shelf:
    """A product with a category, an attribute and stock, and the tags of the answers last seen."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.category: Any = None
        self.attribute: Any = None
        self.offer = ""
        self.tags: dict[str, str] = {}

    async def fill(self) -> None:
        send = self.merchant.send
        self.category = await send("POST", "/categories", {"name": "Cups"}, status=201)
        form = {"code": "glaze", "name": "Glaze", "kind": "text"}
        self.attribute = await send("POST", "/attributes", form, status=201)
        made = await self.merchant.product(
            price="5.00", quantity=2, category=self.category["id"], attributes={"glaze": "matt"}
        )
        (variant,) = made["variants"]
        self.offer = variant["offers"][0]["id"]
        path = f"/products/{made['id']}"
        self.tags = dict.fromkeys((path, f"{path}/variants/{variant['id']}"), "")

    async def seen(self) -> list[int]:
        """Statuses for who has the last answers; what is new is remembered."""
        statuses = []
        for path, tag in self.tags.items():
            headers = self.merchant.account.headers | ({"If-None-Match": tag} if tag else {})
            answer = await self.merchant.attempt("GET", path, headers=headers)
            statuses.append(answer.status_code)
            self.tags[path] = answer.headers["ETag"]
        return statuses


@pytest.fixture
async def shelf(client: httpx.AsyncClient) -> Shelf:
    shelf = Shelf(await open_shop(client))
    await shelf.fill()
    return shelf


async def sell(shelf: Shelf) -> None:
    await shelf.merchant.send("POST", f"/offers/{shelf.offer}/stock", {"adjust": -1, "reason": "broken"})


async def rename_category(shelf: Shelf) -> None:
    await shelf.merchant.send("PATCH", f"/categories/{shelf.category['id']}", {"name": "Mugs"})


async def rename_attribute(shelf: Shelf) -> None:
    await shelf.merchant.send("PATCH", f"/attributes/{shelf.attribute['id']}", {"name": "Finish"})


async def rename_store(shelf: Shelf) -> None:
    await shelf.merchant.send("PATCH", "", {"name": "New name"})
    await shelf.merchant.catch_up()


class TestEntityTag:
    @pytest.mark.parametrize(
        ("change", "statuses"),
        [
            (sell, [200, 200]),
            (rename_category, [200, 304]),
            (rename_attribute, [200, 304]),
            (rename_store, [200, 200]),
        ],
    )
    async def test_covers_what_changes_without_the_product(
        self, shelf: Shelf, change: Callable[[Shelf], Awaitable[None]], statuses: list[int]
    ) -> None:
        assert await shelf.seen() == [200, 200]
        assert await shelf.seen() == [304, 304]
        await change(shelf)
        assert await shelf.seen() == statuses
        assert await shelf.seen() == [304, 304]

    async def test_guards_against_changes_of_the_product_only(self, shelf: Shelf) -> None:
        await shelf.seen()
        path, tag = next(iter(shelf.tags.items()))
        await sell(shelf)
        await shelf.merchant.send("PATCH", path, {"title": "Mug"}, If_Match=tag)
        await shelf.merchant.send("PATCH", path, {"title": "Late"}, status=412, If_Match=tag)

"""A merchant sells one shirt, then sizes, then colours, changes their mind, and buyers see each step."""

from typing import Any

import httpx
import pytest
from tests.modules.catalog.merchants import Merchant, open_shop


class Stall:
    """One product, changed by a script with a key, looked at by anybody."""

    def __init__(self, merchant: Merchant, key: str, product: str) -> None:
        self.merchant = merchant
        self.product = product
        self._key = {"Authorization": f"Bearer {key}"}

    async def change(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:  # noqa: ANN401
        address = f"/products/{self.product}{path}"
        answer = await self.merchant.attempt(method, address, body, headers=self._key)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def shown(self) -> dict[str, tuple[str | None, int]]:
        """Price and stock by title, as anybody sees them."""
        answer = await self.merchant.client.get(f"/api/v1/products/{self.product}")
        assert answer.status_code == 200, answer.text
        return {
            variant["title"]: (offer["price"]["amount"], offer["available"])
            for variant in answer.json()["variants"]
            for offer in variant["offers"]
        }

    async def audit(self) -> list[Any]:
        rows: list[Any] = (await self.merchant.send("GET", "/audit-log?limit=100"))["items"]
        return [row for row in rows if row["action"].startswith(("variants.", "options."))]


@pytest.fixture
async def stall(client: httpx.AsyncClient) -> Stall:
    merchant = await open_shop(client)
    product = await merchant.product(title="Shirt", price="9.00", sku="SHIRT", quantity=10)
    scopes = ["products:read", "products:write", "stock:write"]
    key = await merchant.send("POST", "/api-keys", {"name": "Script", "scopes": scopes}, status=201)
    return Stall(merchant, key["key"], product["id"])


class TestShapeAProduct:
    async def test_from_one_shirt_to_sizes_and_colours_and_back(self, stall: Stall) -> None:
        assert await stall.shown() == {"Default": ("9.00", 10)}
        size = {"name": "Size", "values": ["M", "L"]}
        await stall.change("PUT", "/options", {"options": [size], "fill": True, "price": "10.00"})
        assert await stall.shown() == {"M": ("9.00", 10), "L": ("10.00", 0)}

        small = {"options": {"Size": "S"}, "sku": "SHIRT-S", "price": "8.00", "quantity": 4, "position": 1}
        made = await stall.change("POST", "/variants", small, status=201)
        await stall.change("PATCH", f"/variants/{made['id']}", {"compare_at_price": "12.00"})
        assert list(await stall.shown()) == ["S", "M", "L"]

        options = [{"name": "Größe", "was": "Size", "values": [{"value": "Small", "was": "S"}, "M", "L"]}]
        options.append({"name": "Color", "values": ["White"]})
        await stall.change("PUT", "/options", {"options": options})
        black = {"options": {"Größe": "M", "Color": "Black"}, "price": "11.00", "quantity": 1}
        await stall.change("POST", "/variants", black, status=201)
        assert await stall.shown() == {
            "Small / White": ("8.00", 4),
            "M / White": ("9.00", 10),
            "L / White": ("10.00", 0),
            "M / Black": ("11.00", 1),
        }

        await stall.change("DELETE", f"/variants/{made['id']}", status=204)
        assert "Small / White" not in await stall.shown()
        await stall.change("POST", f"/variants/{made['id']}/restore")
        refused = await stall.change("PUT", "/options", {"options": [options[1]]}, status=409)
        assert (refused["code"], len(refused["variants"])) == ("stock_left", 2)
        no_options = {"options": [], "stock": "merge"}
        await stall.change("PUT", "/options", no_options)
        assert await stall.shown() == {"Default": ("8.00", 15)}

    async def test_leaves_a_row_for_each_change(self, stall: Stall) -> None:
        size = {"name": "Size", "values": ["M", "L"]}
        await stall.change("PUT", "/options", {"options": [size], "fill": True})
        large = (await stall.change("GET", "/variants"))["items"][1]["id"]
        await stall.change("PATCH", f"/variants/{large}", {"options": {"Size": "XL"}})
        await stall.change("DELETE", f"/variants/{large}", status=204)
        gone, changed, options = await stall.audit()
        assert (gone["action"], gone["target"]) == ("variants.delete", f"variant:{large}")
        assert [changed[side]["title"] for side in ("before", "after")] == ["L", "XL"]
        assert options["before"]["options"] == []
        assert list(options["after"]["variants"].values()) == ["M", "L"]
        assert {row["actor"].partition(":")[0] for row in (gone, changed, options)} == {"api_key"}

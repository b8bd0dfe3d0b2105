"""Other options for a product that is there: new words, options and values that come and go."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.ports.catalog.stock import StockLine
from tests.modules.catalog.merchants import Merchant, open_shop

COLOR = {"name": "Color", "values": ["Red", "Blue"]}
SIZE = {"name": "Size", "values": ["S", "M"]}
STOCK = {("Red", "S"): 5, ("Red", "M"): 3, ("Blue", "S"): 2, ("Blue", "M"): 0}


class Shirt:
    """Red and blue, small and medium, in this order."""

    def __init__(self, app: Api, merchant: Merchant, product: Any) -> None:  # noqa: ANN401 - JSON
        self.infra = app.parts.infra
        self.merchant = merchant
        self.path = f"/products/{product['id']}"
        self.ids = [variant["id"] for variant in product["variants"]]

    async def change(self, *options: object, status: int = 200, **more: Any) -> Any:  # noqa: ANN401 - JSON
        body = {"options": options} | more
        return await self.merchant.send("PUT", f"{self.path}/options", body, status=status)

    async def refused(self, *options: object, status: int = 409, **more: Any) -> str:  # noqa: ANN401
        answer = await self.change(*options, status=status, **more)
        errors = answer.get("errors") or [answer]
        assert len(errors) == 1
        code: str = errors[0]["code"]
        return code

    async def stock(self) -> dict[str, int]:
        """On hand, by title in the variants' order."""
        page = await self.merchant.send("GET", f"{self.path}/variants")
        return {one["title"]: one["offer"]["on_hand"] for one in page["items"]}

    async def movements(self) -> list[tuple[str, str, int, int]]:
        page = await self.merchant.send("GET", "/stock-movements?kind=adjust")
        return sorted((one["sku"], one["reason"], one["quantity"], one["after"]) for one in page["items"])


@pytest.fixture
async def shirt(app: Api, client: httpx.AsyncClient) -> Shirt:
    merchant = await open_shop(client)
    variants = [
        {"options": {"Color": color, "Size": size}, "sku": f"{color}-{size}", "quantity": quantity}
        for (color, size), quantity in STOCK.items()
    ]
    body = {"title": "Shirt", "price": "5.00", "options": [COLOR, SIZE], "variants": variants}
    return Shirt(app, merchant, await merchant.product(**body))


class TestNames:
    async def test_of_options_and_values_change_with_the_variants(self, shirt: Shirt) -> None:
        """Values change places, and options too."""
        values = [{"value": "Blue", "was": "Red"}, {"value": "Red", "was": "Blue"}]
        changed = await shirt.change({"name": "Size", "values": ["S", "M"]}, COLOR | {"values": values})
        assert await shirt.stock() == {"S / Blue": 5, "M / Blue": 3, "S / Red": 2, "M / Red": 0}
        assert [variant["id"] for variant in changed["variants"]] == shirt.ids
        swapped: list[Any] = [{"name": "Size", "was": "Color", "values": ["Blue", "Red"]}]
        swapped.append({"name": "Color", "was": "Size", "values": ["M", {"value": "Small", "was": "S"}]})
        changed = await shirt.change(*swapped)
        assert await shirt.stock() == {"Blue / Small": 5, "Blue / M": 3, "Red / Small": 2, "Red / M": 0}
        assert changed["options"] == [
            {"name": "Size", "values": ["Blue", "Red"]},
            {"name": "Color", "values": ["M", "Small"]},
        ]

    async def test_are_clear(self, shirt: Shirt) -> None:
        red = {"value": "Crimson", "was": "Red"}
        for options, code in (
            ([COLOR | {"was": "Colour"}, SIZE], "unknown_option"),
            ([COLOR, {"name": "Length", "was": "Color", "values": ["Red"]}], "given_twice"),
            ([{"name": "Color", "values": [{"value": "Rose", "was": "Pink"}]}, SIZE], "unknown_value"),
            ([{"name": "Color", "values": [red, "Red"]}, SIZE], "given_twice"),
            ([{"name": "Cut", "values": [{"value": "Slim", "was": "Red"}]}], "unknown_value"),
            ([COLOR, {"name": "color ", "values": ["x"]}], "wrong_variants"),
            ([{"name": "Color", "values": ["Red", "Red"]}], "wrong_variants"),
            ([{"name": "Color", "values": []}], "invalid"),
            ([{"name": name, "values": ["x"]} for name in "abcd"], "invalid"),
        ):
            found = await shirt.refused(*options, status=400)
            assert code in {found, "invalid"}, options
        assert len(await shirt.stock()) == 4

    async def test_are_changed_by_whoever_saw_the_last_ones(self, shirt: Shirt) -> None:
        seen = await shirt.merchant.send("GET", shirt.path)
        body = {"options": [COLOR, SIZE]}
        address, tag = f"{shirt.path}/options", f'"{seen["version"]}"'
        changed = await shirt.merchant.send("PUT", address, body, if_match=tag)
        assert changed["version"] > seen["version"]
        await shirt.merchant.send("PUT", address, body, if_match=tag, status=412)
        (row, *_) = (await shirt.merchant.send("GET", "/audit-log"))["items"]
        assert (row["action"], row["before"]["options"]) == ("options.change", [COLOR, SIZE])
        assert sorted(row["after"]["variants"].values()) == ["Blue / M", "Blue / S", "Red / M", "Red / S"]


class TestNewOption:
    async def test_gives_variants_its_first_value_and_fills_when_asked(
        self, client: httpx.AsyncClient, shirt: Shirt
    ) -> None:
        cut = {"name": "Cut", "values": ["Slim", "Wide"]}
        await shirt.change(COLOR, SIZE, cut)
        assert list(await shirt.stock()) == [
            f"{color} / {size} / Slim" for color in ("Red", "Blue") for size in ("S", "M")
        ]
        filled = await shirt.change(COLOR, SIZE, cut, fill=True, price="7.00")
        assert [variant["id"] for variant in filled["variants"][:4]] == shirt.ids
        assert [(one["title"], one["position"]) for one in filled["variants"][4:]] == [
            (f"{color} / {size} / Wide", place) for place, (color, size) in enumerate(STOCK, start=5)
        ]
        offers = [variant["offers"][0] for variant in filled["variants"][4:]]
        assert {(offer["price"]["amount"], offer["available"]) for offer in offers} == {("7.00", 0)}
        shown = (await client.get(f"/api/v1{shirt.path}")).json()
        assert len(shown["variants"]) == 8

    async def test_makes_no_more_variants_than_there_may_be(self, shirt: Shirt) -> None:
        many = {"name": "Cut", "values": [str(number) for number in range(100)]}
        assert await shirt.refused(COLOR, SIZE, many, fill=True) == "too_many_variants"
        await shirt.change(COLOR, SIZE, many)

    async def test_makes_variants_of_a_product_that_had_none(self, shirt: Shirt) -> None:
        cup = await shirt.merchant.product(price="1.00", quantity=9)
        path = f"/products/{cup['id']}"
        changed = await shirt.merchant.send("PUT", f"{path}/options", {"options": [SIZE], "fill": True})
        assert [(one["title"], one["offers"][0]["available"]) for one in changed["variants"]] == [
            ("S", 9),
            ("M", 0),
        ]


class TestRemovedOption:
    async def test_does_not_lose_stock_unasked(self, shirt: Shirt) -> None:
        assert await shirt.refused(COLOR) == "stock_left"
        assert len(await shirt.stock()) == 4

    async def test_merges_stock_into_the_first_variant(self, client: httpx.AsyncClient, shirt: Shirt) -> None:
        changed = await shirt.change(COLOR, stock="merge")
        assert await shirt.stock() == {"Red": 8, "Blue": 2}
        assert [one["id"] for one in changed["variants"]] == [shirt.ids[0], shirt.ids[2]]
        assert await shirt.movements() == [
            ("Red-M", "options changed", -3, 0),
            ("Red-S", "options changed", 3, 8),
        ]
        assert (await client.get("/api/v1/products?sku=Red-M")).json()["items"] == []
        assert await shirt.change(stock="merge")
        assert await shirt.stock() == {"Default": 10}

    async def test_keeps_stock_with_the_variants_until_they_come_back(self, shirt: Shirt) -> None:
        await shirt.change(COLOR | {"name": "Colour", "was": "Color"}, stock="keep")
        assert (await shirt.stock(), await shirt.movements()) == ({"Red": 5, "Blue": 2}, [])
        lost = f"{shirt.path}/variants/{shirt.ids[1]}/restore"
        assert (await shirt.merchant.send("POST", lost, status=409))["code"] == "options_changed"
        await shirt.change({"name": "Colour", "values": ["Red", "Blue"]}, {"name": "Size", "values": ["S"]})
        back = await shirt.merchant.send("POST", lost)
        assert (back["title"], back["offer"]["sku"], back["offer"]["on_hand"]) == ("Red / M", "Red-M", 3)
        product = await shirt.merchant.send("GET", shirt.path)
        assert product["options"][1] == {"name": "Size", "values": ["S", "M"]}

    async def test_waits_for_what_orders_have_reserved(self, shirt: Shirt) -> None:
        page = await shirt.merchant.send("GET", f"{shirt.path}/variants")
        lines = [StockLine(offer_id=UUID(page["items"][1]["offer"]["id"]), quantity=1)]
        async with shirt.infra.database.work(DbRole.SYSTEM) as work:
            assert await stock_keeper(shirt.infra, work).reserve({uuid4(): lines}) == []
            await work.commit()
        for stock in ("refuse", "keep", "merge"):
            assert await shirt.refused(COLOR, stock=stock) == "stock_reserved"


class TestRemovedValue:
    async def test_takes_its_variants_along(self, shirt: Shirt) -> None:
        only_red = COLOR | {"values": ["Red"]}
        assert await shirt.refused(only_red, SIZE) == "stock_left"
        assert await shirt.refused(only_red, SIZE, stock="merge") == "stock_left"
        await shirt.change(only_red, SIZE, stock="keep")
        assert await shirt.stock() == {"Red / S": 5, "Red / M": 3}
        assert await shirt.refused(COLOR | {"values": ["Blue"]}, SIZE, stock="keep") == "last_variant"
        back = await shirt.merchant.send("POST", f"{shirt.path}/variants/{shirt.ids[2]}/restore")
        assert (back["title"], back["position"]) == ("Blue / S", 3)

"""The store's side over HTTP: who may do what to which product."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from shoplytics.api import Api
from tests.builders import register, store_of
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant, open_shop


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


class TestProducts:
    async def test_sell_at_once_with_one_offer_of_their_own(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        made = await merchant.product(price="4.50", sku="CUP", quantity=3, tags=["tea", "tea", " "])
        assert made["slug"] == "tea-cup"
        offer = made["variants"][0]["offers"][0]
        assert (offer["price"], offer["available"]) == ({"amount": "4.50", "currency": "GBP"}, 3)
        shown = (await client.get(f"/api/v1/products/{made['id']}")).json()
        assert shown["title"] == "Tea cup"
        listed = (await client.get("/api/v1/products?tag=tea&sku=CUP")).json()["items"]
        assert [item["price"] for item in listed] == [{"amount": "4.50", "currency": "GBP"}]
        assert (await merchant.product())["slug"] == "tea-cup-2"

    async def test_come_in_every_combination_of_their_options(self, merchant: Merchant) -> None:
        options = [{"name": "Size", "values": ["S", "L"]}, {"name": "Hue", "values": ["red", "blue"]}]
        made = await merchant.product(options=options, price={"amount": "4.50", "currency": "GBP"})
        titles = [variant["title"] for variant in made["variants"]]
        assert titles == ["S / red", "S / blue", "L / red", "L / blue"]
        assert {v["offers"][0]["price"]["amount"] for v in made["variants"]} == {"4.50"}

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"price": "-1"}, "/price"),
            ({"price": "1.001"}, "/price"),
            ({"price": {"amount": "1", "currency": "USD"}}, "/price"),
            ({"quantity": -1}, "/quantity"),
            ({"price": 4.5}, "/price"),
            ({"image_url": "javascript:alert(1)"}, "/image_url"),
            ({"title": " "}, "/title"),
            ({"store_id": str(uuid4())}, "/store_id"),
            ({"options": [{"name": "Size", "values": ["S", "L"]}], "sku": "X"}, "/variants"),
            ({"price": "5", "compare_at_price": "5.00"}, "/compare_at_price"),
            ({"published_at": "2026-03-01T12:00:00"}, "/published_at"),
        ],
    )
    async def test_refuse_what_makes_no_sense(
        self, merchant: Merchant, fields: dict[str, object], pointer: str
    ) -> None:
        problem = await merchant.send("POST", "/products", {"title": "Tea cup"} | fields, status=400)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]

    async def test_refuse_options_that_differ_in_case_only(self, merchant: Merchant) -> None:
        options = [{"name": name, "values": ["1"]} for name in ("A", "a ")]
        problem = await merchant.send("POST", "/products", {"title": "X", "options": options}, status=400)
        assert problem["code"] == "wrong_variants"

    async def test_of_one_title_made_at_once_get_a_slug_each(self, merchant: Merchant) -> None:
        made = await asyncio.gather(*(merchant.product(title="Same title", price="5") for _ in range(12)))
        slugs = {"same-title", *(f"same-title-{number}" for number in range(2, 13))}
        assert {product["slug"] for product in made} == slugs

    async def test_of_one_sku_made_at_once_are_refused_for_the_sku(self, merchant: Merchant) -> None:
        body = {"title": "Same title", "sku": "SAME"}
        answers = await asyncio.gather(
            *(merchant.attempt("POST", "/products", body | {"price": str(place)}) for place in range(6))
        )
        refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
        assert refused == ["sku_taken"] * 5

    async def test_tell_when_they_are_published(self, merchant: Merchant) -> None:
        made = await merchant.product(published_at="2030-03-01T12:00:00+01:00")
        assert made["published_at"] == "2030-03-01T11:00:00Z"
        path = f"/products/{made['id']}"
        assert (await merchant.send("PATCH", path, {"published_at": None}))["published_at"] is None
        (listed,) = (await merchant.send("GET", "/products"))["items"]
        assert listed["published_at"] is None

    @pytest.mark.parametrize(
        ("sort", "order"), [("price", ["1", "2", "x", "y"]), ("-price", ["2", "1", "x", "y"])]
    )
    async def test_without_a_price_come_last_in_the_stores_own_list(
        self, merchant: Merchant, sort: str, order: list[str]
    ) -> None:
        for title, price in (("x", None), ("2", "2"), ("y", None), ("1", "1")):
            await merchant.product(title=title, price=price)
        found, query = [], f"/products?limit=1&total=true&sort={sort}"
        page = await merchant.send("GET", query)
        while True:
            found += [item["title"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            page = await merchant.send("GET", f"{query}&cursor={page['next_cursor']}")
        assert (found[:2], sorted(found[2:]), page["total"]) == (order[:2], order[2:], 4)

    async def test_change_only_by_who_saw_the_newest(self, merchant: Merchant) -> None:
        made = await merchant.product(price="4.50")
        path = f"/products/{made['id']}"
        patched = await merchant.send(
            "PATCH", path, {"title": "Mug", "price": "5.00"}, If_Match=f'"{made["version"]}"'
        )
        assert patched["variants"][0]["offers"][0]["price"]["amount"] == "5.00"
        await merchant.send("PATCH", path, {"title": "Late"}, status=412, If_Match=f'"{made["version"]}"')
        assert (await merchant.send("GET", path))["title"] == "Mug"

    async def test_leave_when_deleted_and_come_back_with_their_offers(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        made = await merchant.product(sku="CUP", price="1", quantity=1)
        path = f"/products/{made['id']}"
        await merchant.send("DELETE", path, status=204)
        assert (await client.get(f"/api/v1{path}")).status_code == 404
        assert (await merchant.send("GET", "/offers"))["items"] == []
        restored = await merchant.send("POST", f"{path}/restore")
        assert restored["variants"][0]["offers"][0]["sku"] == "CUP"
        listed = (await client.get("/api/v1/products?q=cup")).json()["items"]
        assert [item["sku"] for item in listed] == ["CUP"]
        await merchant.send("DELETE", path, status=204)
        await merchant.product(sku="CUP")
        problem = await merchant.send("POST", f"{path}/restore", status=409)
        assert problem["code"] in {"sku_taken", "slug_taken"}

    async def test_are_hidden_while_inactive(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        made = await merchant.product(active=False)
        assert (await client.get(f"/api/v1/products/{made['id']}")).status_code == 404
        assert (await client.get("/api/v1/products")).json()["items"] == []
        assert len((await merchant.send("GET", "/products"))["items"]) == 1

    async def test_follow_their_store(self, app: Api, client: httpx.AsyncClient, merchant: Merchant) -> None:
        made = await merchant.product()
        await merchant.send("PATCH", "", {"name": "New name"})
        await drain(app.parts.infra)
        assert (await client.get(f"/api/v1/products/{made['id']}")).json()["store_name"] == "New name"

    async def test_of_another_store_are_not_found(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        account = await register(client)
        other = Merchant(client, account, await store_of(client, account))
        made = await merchant.product(price="1")
        offer = made["variants"][0]["offers"][0]["id"]
        for method, path, body in [
            ("GET", f"/products/{made['id']}", None),
            ("PATCH", f"/products/{made['id']}", {"title": "Mine"}),
            ("DELETE", f"/products/{made['id']}", None),
            ("POST", f"/products/{made['id']}/restore", None),
            ("GET", f"/offers/{offer}", None),
            ("PATCH", f"/offers/{offer}", {"price": "0"}),
            ("POST", f"/offers/{offer}/stock", {"set": 5, "reason": "mine"}),
        ]:
            await other.send(method, path, body, status=404)
        assert (await other.send("GET", "/products?total=true"))["total"] == 0
        assert await merchant.send("GET", f"/products/{made['id']}") == made

    async def test_may_wait_to_be_published(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        for published in (None, "2100-01-01T00:00:00Z"):
            made = await merchant.product(published_at=published, price="1")
            assert made["published_at"] == published
            assert (await client.get(f"/api/v1/products/{made['id']}")).status_code == 404
        assert (await client.get("/api/v1/products")).json()["items"] == []

    async def test_tell_every_price_that_is_wrong(self, merchant: Merchant) -> None:
        options = [{"name": "Size", "values": ["S", "M", "L"]}]
        prices = ({"price": "-1"}, {"price": "x"}, {"price": "9"})
        variants = [{"options": {"Size": size}} | price for size, price in zip("SML", prices, strict=True)]
        body = {"title": "X", "options": options, "variants": variants, "compare_at_price": "8"}
        problem = await merchant.send("POST", "/products", body, status=400)
        places = ["0/price", "1/price", "2/compare_at_price"]
        assert [error["pointer"] for error in problem["errors"]] == [f"/variants/{p}" for p in places]

    async def test_are_compared_with_a_higher_price_only(self, merchant: Merchant) -> None:
        made = await merchant.product(price="4", compare_at_price="6")
        path = f"/products/{made['id']}"
        for body in ({"price": "6"}, {"compare_at_price": "4"}):
            problem = await merchant.send("PATCH", path, body, status=400)
            assert [error["code"] for error in problem["errors"]] == ["not_above_price"]
        changed = await merchant.send("PATCH", path, {"price": "6", "compare_at_price": None})
        assert changed["variants"][0]["offers"][0]["compare_at_price"] is None

    @pytest.mark.parametrize(
        "query",
        ["limit=-1", "limit=1000", "limit=x", "cursor=x", "sort=id", "rating_gte=9", "created_gte=soon"],
    )
    async def test_refuse_lists_that_make_no_sense(self, client: httpx.AsyncClient, query: str) -> None:
        assert (await client.get(f"/api/v1/products?{query}")).status_code == 400

    async def test_that_nobody_made_are_not_found(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/api/v1/products/{uuid4()}")).status_code == 404


class TestOffers:
    async def test_change_price_and_keep_skus_apart(self, merchant: Merchant) -> None:
        first = await merchant.product(sku="A", price="1")
        second = await merchant.product(sku="B", price="1")
        path = f"/offers/{second['variants'][0]['offers'][0]['id']}"
        assert (await merchant.send("PATCH", path, {"sku": "A"}, status=409))["code"] == "sku_taken"
        changed = await merchant.send("PATCH", path, {"price": "2.50", "active": False})
        assert (changed["price"]["amount"], changed["active"], changed["sku"]) == ("2.50", False, "B")
        shown = await merchant.send("GET", f"/products/{first['id']}")
        assert shown["version"] == first["version"]

    async def test_move_stock_exactly(self, merchant: Merchant) -> None:
        made = await merchant.product(price="1", quantity=5)
        path = f"/offers/{made['variants'][0]['offers'][0]['id']}/stock"
        await asyncio.gather(
            *(merchant.send("POST", path, {"adjust": 1, "reason": "found"}) for _ in range(8))
        )
        assert (await merchant.send("POST", path, {"adjust": -13, "reason": "lost"}))["on_hand"] == 0
        problem = await merchant.send("POST", path, {"adjust": -1, "reason": "lost"}, status=409)
        assert problem["code"] == "out_of_stock"
        for body in (
            {"reason": "x"},
            {"reason": "x", "adjust": 1, "set": 2},
            {"adjust": 1},
            {"adjust": 0, "reason": "x"},
            {"adjust": 1, "reason": " "},
        ):
            await merchant.send("POST", path, body, status=400)
        await merchant.send("POST", path, {"set": 10**9, "reason": "x"})
        problem = await merchant.send("POST", path, {"adjust": 1, "reason": "x"}, status=400)
        assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/adjust", "out_of_range")]
        await merchant.send("POST", path, {"set": 0, "reason": "x"})
        again = [
            await merchant.send("POST", path, {"adjust": 4, "reason": "x"}, Idempotency_Key="once")
            for _ in range(2)
        ]
        assert [answer["on_hand"] for answer in again] == [4, 4]

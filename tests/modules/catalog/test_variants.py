"""Variants of a product that is there, over HTTP: made, changed, ordered, taken away and brought back."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.bootstrap.variants import variant_service
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.ports.catalog.stock import ShortOffer, StockLine
from tests.builders import register, store_of
from tests.modules.catalog.merchants import Merchant, open_shop, someone_waits

SHIRT = {
    "title": "Shirt",
    "price": "5.00",
    "options": [{"name": "Color", "values": ["Red", "Blue"]}, {"name": "Size", "values": ["S", "M"]}],
    "variants": [
        {"options": {"Color": "Red", "Size": "S"}, "sku": "RS", "quantity": 5},
        {"options": {"Color": "Blue", "Size": "S"}, "sku": "BS", "quantity": 3},
    ],
}


class Shirt:
    """A product with two variants of the four that its options make."""

    def __init__(self, app: Api, merchant: Merchant, product: Any) -> None:  # noqa: ANN401 - JSON
        self.infra = app.parts.infra
        self.merchant = merchant
        self.id: str = product["id"]
        self.path = f"/products/{self.id}"
        self.red, self.blue = [variant["id"] for variant in product["variants"]]
        self.offers = [UUID(variant["offers"][0]["id"]) for variant in product["variants"]]

    async def send(self, method: str, path: str = "", json: object = None, **asked: Any) -> Any:  # noqa: ANN401
        """`path` below the product's variants."""
        return await self.merchant.send(method, f"{self.path}/variants{path}", json, **asked)

    async def refused(self, status: int, method: str, path: str = "", json: object = None) -> str:
        code: str = (await self.send(method, path, json, status=status))["code"]
        return code

    async def titles(self) -> list[tuple[int, str]]:
        return [(one["position"], one["title"]) for one in (await self.send("GET"))["items"]]

    async def product(self) -> Any:  # noqa: ANN401 - JSON
        return await self.merchant.send("GET", self.path)

    async def reserve(self, offer: UUID, units: int = 1, reference: UUID | None = None) -> list[ShortOffer]:
        lines = [StockLine(offer_id=offer, quantity=units)]
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            short = await stock_keeper(self.infra, work).reserve({reference or uuid4(): lines})
            await work.commit()
        return short

    async def release(self, reference: UUID) -> None:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            assert await stock_keeper(self.infra, work).release([reference])
            await work.commit()


@pytest.fixture
async def shirt(app: Api, client: httpx.AsyncClient) -> Shirt:
    merchant = await open_shop(client)
    return Shirt(app, merchant, await merchant.product(**SHIRT))


class TestNewVariant:
    async def test_comes_with_its_offer_and_extends_the_options(
        self, client: httpx.AsyncClient, shirt: Shirt
    ) -> None:
        before = await shirt.product()
        body = {
            "options": {"Size": "XL", "Color": "Green"},
            "sku": "GXL",
            "price": "4.50",
            "compare_at_price": "9.00",
            "quantity": 7,
            "position": 1,
        }
        made = await shirt.send("POST", json=body, status=201)
        assert (made["title"], made["position"]) == ("Green / XL", 1)
        offer = made["offer"]
        assert (offer["sku"], offer["price"]["amount"], offer["compare_at_price"]["amount"]) == (
            "GXL",
            "4.50",
            "9.00",
        )
        assert (offer["on_hand"], offer["reserved"], offer["active"]) == (7, 0, True)
        product = await shirt.product()
        assert product["version"] == made["version"] > before["version"]
        assert [option["values"] for option in product["options"]] == [
            ["Red", "Blue", "Green"],
            ["S", "M", "XL"],
        ]
        assert await shirt.titles() == [(1, "Green / XL"), (2, "Red / S"), (3, "Blue / S")]
        (listed,) = (await client.get("/api/v1/products")).json()["items"]
        assert (listed["price"]["amount"], listed["sku"]) == ("4.50", "GXL")
        (moved,) = (await shirt.merchant.send("GET", f"/stock-movements?offer={offer['id']}"))["items"]
        assert (moved["kind"], moved["after"]) == ("initial", 7)

    async def test_is_another_combination_of_just_the_options(self, shirt: Shirt) -> None:
        red = {"options": {"Color": "Red", "Size": "S"}}
        assert await shirt.refused(409, "POST", "", red) == "variant_exists"
        for options in ({"Color": "Red"}, {"Color": "Red", "Size": "M", "Cut": "Slim"}, {}):
            assert await shirt.refused(400, "POST", "", {"options": options}) == "wrong_variants"
        free = {"options": {"Color": "Red", "Size": "M"}}
        assert await shirt.refused(409, "POST", "", free | {"sku": "BS"}) == "sku_taken"
        for wrong in ({"price": "-1"}, {"price": "2", "compare_at_price": "1"}, {"position": 0}, {"cut": 1}):
            await shirt.send("POST", json=free | wrong, status=400)
        await shirt.send("POST", json={"options": {"Color": "", "Size": "M"}}, status=400)
        assert len(await shirt.titles()) == 2

    async def test_is_not_one_too_many(self, shirt: Shirt) -> None:
        sizes = [str(number) for number in range(125)]
        body = {"title": "Many", "options": [{"name": "A", "values": ["x", "y"]}]}
        body["options"].append({"name": "B", "values": sizes})  # type: ignore[attr-defined]
        many = await shirt.merchant.product(**body)
        path = f"/products/{many['id']}/variants"
        one_more = {"options": {"A": "z", "B": "0"}}
        refused = await shirt.merchant.send("POST", path, one_more, status=409)
        assert refused["code"] == "too_many_variants"
        await shirt.merchant.send("DELETE", f"{path}/{many['variants'][0]['id']}", status=204)
        await shirt.merchant.send("POST", path, one_more, status=201)

    async def test_is_made_once_however_many_ask_at_once(self, shirt: Shirt) -> None:
        body = {"options": {"Color": "Green", "Size": "M"}}
        path = f"{shirt.path}/variants"
        answers = await asyncio.gather(*(shirt.merchant.attempt("POST", path, body) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
        others = [{"options": {"Color": f"Shade {number}", "Size": "M"}} for number in range(5)]
        answers = await asyncio.gather(*(shirt.merchant.attempt("POST", path, body) for body in others))
        assert {answer.status_code for answer in answers} == {201}
        assert [place for place, _ in await shirt.titles()] == list(range(1, 9))
        colors = (await shirt.product())["options"][0]["values"]
        assert sorted(colors[3:]) == [f"Shade {number}" for number in range(5)]


class TestVariant:
    async def test_changes_its_combination_place_and_offer(self, shirt: Shirt) -> None:
        red = f"/{shirt.red}"
        version = (await shirt.send("GET", red))["version"]
        changed = await shirt.send(
            "PATCH",
            red,
            {"options": {"Size": "L"}, "position": 2, "sku": "RL", "price": "6.00", "low_stock_threshold": 1},
            if_match=f'"{version}"',
        )
        assert (changed["title"], changed["options"]) == ("Red / L", {"Color": "Red", "Size": "L"})
        offer = changed["offer"]
        assert (offer["sku"], offer["price"]["amount"], offer["low_stock_threshold"]) == ("RL", "6.00", 1)
        assert await shirt.titles() == [(1, "Blue / S"), (2, "Red / L")]
        product = await shirt.product()
        assert product["version"] == changed["version"] > version
        assert product["options"][1]["values"] == ["S", "M", "L"]
        await shirt.send("PATCH", red, {"active": False}, if_match=f'"{version}"', status=412)
        assert (await shirt.send("PATCH", red, {"active": False}))["offer"]["active"] is False
        actions = [row["action"] for row in (await shirt.merchant.send("GET", "/audit-log"))["items"]]
        assert actions[:3] == ["offers.change", "offers.change", "variants.change"]

    async def test_keeps_off_the_combinations_and_skus_of_others(self, shirt: Shirt) -> None:
        red = f"/{shirt.red}"
        assert await shirt.refused(409, "PATCH", red, {"options": {"Color": "Blue"}}) == "variant_exists"
        assert await shirt.refused(400, "PATCH", red, {"options": {"Cut": "Slim"}}) == "wrong_variants"
        assert await shirt.refused(409, "PATCH", red, {"sku": "BS"}) == "sku_taken"
        same = await shirt.send("PATCH", red, {"options": {"Color": "Red"}})
        assert same["title"] == "Red / S"

    async def test_stands_where_it_is_put(self, shirt: Shirt) -> None:
        made = await shirt.send("POST", json={"options": {"Color": "Red", "Size": "M"}}, status=201)
        ids = [shirt.blue, made["id"], shirt.red]
        await shirt.send("PUT", "/order", {"ids": ids})
        assert await shirt.titles() == [(1, "Blue / S"), (2, "Red / M"), (3, "Red / S")]
        for wrong in (ids[:2], [*ids, ids[0]], [*ids[:2], str(uuid4())]):
            assert await shirt.refused(400, "PUT", "/order", {"ids": wrong}) == "wrong_variants"
        stale = await shirt.send("PUT", "/order", {"ids": ids}, status=412, if_match='"1"')
        assert stale["code"] == "stale"

    async def test_of_another_store_or_product_is_not_there(
        self, client: httpx.AsyncClient, shirt: Shirt
    ) -> None:
        other = await open_shop(client)
        cup = await other.product(price="1.00")
        mine = await shirt.merchant.product(price="1.00")
        for merchant, product in ((other, shirt.id), (other, cup["id"]), (shirt.merchant, mine["id"])):
            path = f"/products/{product}/variants/{shirt.red}"
            for method, body in (("GET", None), ("PATCH", {"position": 1}), ("DELETE", None)):
                await merchant.send(method, path, body, status=404)
            await merchant.send("POST", f"{path}/restore", status=404)
        await other.send("GET", f"/products/{shirt.id}/variants", status=404)


class TestDeletedVariant:
    async def test_leaves_with_all_offers_of_it_and_comes_back(
        self, client: httpx.AsyncClient, shirt: Shirt
    ) -> None:
        await shirt.merchant.send("PATCH", shirt.path, {"marketplace": True})
        account = await register(client)
        seller = Merchant(client, account, await store_of(client, account, name="Seller"))
        sold = {"variant_id": shirt.blue, "price": "1.00", "quantity": 4, "sku": "THEIRS"}
        theirs = await seller.send("POST", "/offers", sold, status=201)

        async def listed(query: str = "") -> list[str]:
            items = (await client.get(f"/api/v1/products{query}")).json()["items"]
            return [item["price"]["amount"] for item in items]

        assert (await listed(), await listed("?sku=THEIRS")) == (["1.00"], ["1.00"])
        await shirt.send("DELETE", f"/{shirt.blue}", status=204)
        assert (await listed(), await listed("?sku=THEIRS"), await listed("?sku=BS")) == (["5.00"], [], [])
        assert await shirt.titles() == [(1, "Red / S")]
        (blocked,) = (await seller.send("GET", "/offers"))["items"]
        assert blocked["blocked_by"] == "variant_deleted"
        for offer in (UUID(theirs["id"]), shirt.offers[1]):
            (short,) = await shirt.reserve(offer)
            assert short.sold is False
        await shirt.send("GET", f"/{shirt.blue}", status=404)
        back = await shirt.send("POST", f"/{shirt.blue}/restore")
        assert (back["title"], back["position"], back["offer"]["on_hand"]) == ("Blue / S", 2, 3)
        assert await listed() == ["1.00"]
        await shirt.send("POST", f"/{shirt.blue}/restore", status=404)

    async def test_comes_back_only_where_its_place_is_free(self, shirt: Shirt) -> None:
        blue = f"/{shirt.blue}"
        await shirt.send("DELETE", blue, status=204)
        again = await shirt.send("POST", json={"options": {"Color": "Blue", "Size": "S"}}, status=201)
        assert await shirt.refused(409, "POST", f"{blue}/restore") == "variant_exists"
        await shirt.send("PATCH", f"/{again['id']}", {"options": {"Size": "M"}, "sku": "BS"})
        assert await shirt.refused(409, "POST", f"{blue}/restore") == "sku_taken"
        await shirt.send("PATCH", f"/{again['id']}", {"sku": None})
        await shirt.send("POST", f"{blue}/restore")

    async def test_is_neither_the_last_one_nor_one_that_orders_wait_for(self, shirt: Shirt) -> None:
        held = uuid4()
        await shirt.reserve(shirt.offers[1], reference=held)
        assert await shirt.refused(409, "DELETE", f"/{shirt.blue}") == "stock_reserved"
        await shirt.release(held)
        await shirt.send("DELETE", f"/{shirt.blue}", status=204)
        assert await shirt.refused(409, "DELETE", f"/{shirt.red}") == "last_variant"

    async def test_is_of_a_product_that_is_there(self, shirt: Shirt) -> None:
        """What went with the product comes back with it, what had gone before does not."""
        await shirt.send("DELETE", f"/{shirt.blue}", status=204)
        await shirt.merchant.send("DELETE", shirt.path, status=204)
        await shirt.send("POST", f"/{shirt.blue}/restore", status=404)
        await shirt.send("GET", status=404)
        await shirt.merchant.send("POST", f"{shirt.path}/restore")
        assert await shirt.titles() == [(1, "Red / S")]
        assert [one["sku"] for one in (await shirt.merchant.send("GET", "/offers"))["items"]] == ["RS"]
        await shirt.send("POST", f"/{shirt.blue}/restore")

    async def test_was_not_reserved_a_moment_before(self, shirt: Shirt) -> None:
        """Whoever comes second waits for the first, and sees what they did."""
        path = f"{shirt.path}/variants/{shirt.blue}"
        lines = [StockLine(offer_id=shirt.offers[1], quantity=1)]
        async with shirt.infra.database.work(DbRole.SYSTEM) as work:
            assert await stock_keeper(shirt.infra, work).reserve({uuid4(): lines}) == []
            later = asyncio.create_task(shirt.merchant.attempt("DELETE", path))
            await someone_waits(shirt.infra)
            await work.commit()
        assert (await later).json()["code"] == "stock_reserved"

    async def test_is_not_reserved_a_moment_later(self, shirt: Shirt) -> None:
        owner = Actor(kind=ActorKind.USER, user_id=shirt.merchant.account.user_id)
        ids = {"store_id": shirt.merchant.store, "product_id": UUID(shirt.id)}
        async with shirt.infra.database.work(DbRole.STORE, store_ids=[shirt.merchant.store]) as work:
            variants = variant_service(shirt.infra, work)
            await variants.delete(**ids, variant_id=UUID(shirt.blue), actor=owner)
            later = asyncio.create_task(shirt.reserve(shirt.offers[1]))
            await someone_waits(shirt.infra)
            await work.commit()
        assert [short.sold for short in await later] == [False]

    async def test_never_has_stock_reserved(self, owner_url: str, shirt: Shirt) -> None:
        """Deleted, brought back and reserved at once, many times over."""
        wrong = """
            select count(*) from catalog_variant v join catalog_offer o on o.variant_id = v.id
            where v.deleted_at is not null and (o.deleted_at is null or o.reserved > 0)
        """
        blue, path = shirt.offers[1], f"{shirt.path}/variants/{shirt.blue}"
        owner = await asyncpg.connect(owner_url)
        try:
            for _ in range(6):
                held = [uuid4() for _ in range(4)]
                found: list[Any] = await asyncio.gather(
                    shirt.reserve(blue, reference=held[0]),
                    shirt.merchant.attempt("DELETE", path),
                    *(shirt.reserve(blue, reference=one) for one in held[1:]),
                )
                assert await owner.fetchval(wrong) == 0
                deleted = found.pop(1).status_code
                sold = [not short for short in found]
                assert deleted == (409 if any(sold) else 204)
                for reference, done in zip(held, sold, strict=True):
                    if done:
                        await shirt.release(reference)
                if deleted == 204:
                    await shirt.send("POST", f"/{shirt.blue}/restore")
        finally:
            await owner.close()


class TestManyAtOnce:
    async def test_wait_for_each_other_in_one_order(self, shirt: Shirt) -> None:
        """Nobody has to be sent away because two wait in a circle, which would be a 503."""
        variants, orders = f"{shirt.path}/variants", [shirt.red, shirt.blue]
        color = {"name": "Color", "values": ["Red", "Blue"]}
        size = {"name": "Size", "values": ["S", "M"]}
        turn = [{"value": "Blue", "was": "Red"}, {"value": "Red", "was": "Blue"}]

        room = asyncio.Semaphore(8)  # fewer than there are connections

        async def buy(number: int) -> None:
            held = uuid4()
            async with room:
                if not await shirt.reserve(shirt.offers[number % 2], reference=held):
                    await shirt.release(held)

        async def attempt(method: str, path: str, body: object) -> int:
            async with room:
                return (await shirt.merchant.attempt(method, path, body)).status_code

        statuses: set[int] = set()
        for number in range(4):
            deeds: list[tuple[str, str, object]] = [
                ("PATCH", f"{variants}/{shirt.red}", {"price": f"{number + 1}.00", "position": 2}),
                ("PATCH", f"{variants}/{shirt.blue}", {"options": {"Size": f"{number}"}}),
                ("PUT", f"{variants}/order", {"ids": orders[:: -1 if number % 2 else 1]}),
                ("PUT", f"{shirt.path}/options", {"options": [color | {"values": turn}, size]}),
                ("POST", variants, {"options": {"Color": f"{number}", "Size": "S"}, "quantity": 1}),
                ("PATCH", f"/offers/{shirt.offers[0]}", {"price": f"{number + 2}.00"}),
                ("POST", f"/offers/{shirt.offers[1]}/stock", {"set": 3, "reason": "counted"}),
                ("DELETE", f"{variants}/{shirt.blue}", None),
                ("POST", f"{variants}/{shirt.blue}/restore", None),
                ("PATCH", shirt.path, {"title": f"Shirt {number}"}),
                ("DELETE", shirt.path, None),
                ("POST", f"{shirt.path}/restore", None),
                ("POST", "/products/bulk-price", {"set": "4.00", "ids": [shirt.id]}),
            ]
            answers = await asyncio.gather(
                *(attempt(*deed) for deed in deeds), *(buy(number) for number in range(6))
            )
            statuses |= {answer for answer in answers if answer is not None}
            await shirt.merchant.attempt("POST", f"{shirt.path}/restore")
            await shirt.merchant.attempt("POST", f"{variants}/{shirt.blue}/restore")
        assert statuses <= {200, 201, 204, 400, 404, 409, 412}
        places = [place for place, _ in await shirt.titles()]
        assert places == list(range(1, len(places) + 1))

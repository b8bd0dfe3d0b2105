"""Codes in carts, and what a cart costs at an address, over HTTP."""

import httpx
import pytest

from tests.builders import register
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.buyers import Buyer, Json

TEN = {"title": "Ten off", "kind": "percent", "percent": "10", "code": "TEN"}
HOME = {"name": "Ada Obi", "lines": ["12 Marina Road", "Flat 3"], "city": "Lagos", "country": "NG"}


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    opened = await open_shop(client)
    await opened.catch_up()
    return opened


@pytest.fixture
async def cups(merchant: Merchant) -> Json:
    return await merchant.product(price="5.00", quantity=40)


@pytest.fixture
def guest(client: httpx.AsyncClient) -> Buyer:
    return Buyer(client)


async def made(merchant: Merchant, path: str, **body: object) -> Json:
    return await merchant.send("POST", path, body, status=201)


class TestCodes:
    async def test_take_off_and_are_taken_back(self, guest: Buyer, merchant: Merchant, cups: Json) -> None:
        discount = await made(merchant, "/discounts", **TEN)
        await guest.add(cups, 4)
        for _ in range(2):
            cart = await guest.send("POST", "/discounts", {"code": " ten "})
            assert (cart["codes"], cart["unused_codes"]) == (["TEN"], [])
        (used,) = cart["discounts"]
        assert (used["id"], used["code"], used["amount"]["amount"]) == (discount["id"], "TEN", "2.00")
        assert [cart[name]["amount"] for name in ("gross", "discount", "subtotal")] == [
            "20.00",
            "2.00",
            "18.00",
        ]
        assert cart["lines"][0]["discount"]["amount"] == "2.00"
        cart = await guest.send("DELETE", "/discounts?code=Ten")
        assert (cart["codes"], cart["subtotal"]["amount"]) == ([], "20.00")
        await guest.send("DELETE", "/discounts?code=TEN", status=404)
        assert (await guest.send("DELETE", "/discounts", status=400))["errors"][0]["pointer"] == "?code"
        await guest.send("POST", "/discounts", {"code": "TEN"})
        assert (await guest.send("DELETE", "/discounts", {"code": "TEN"}))["codes"] == []

    async def test_are_kept_with_the_reason_why_they_do_nothing(
        self, guest: Buyer, merchant: Merchant, cups: Json
    ) -> None:
        minimum = {"minimum": {"amount": "20.00", "currency": "GBP"}}
        await made(merchant, "/discounts", **TEN | minimum)
        await made(merchant, "/discounts", **TEN | {"code": "LATER", "starts_at": "2999-01-01T00:00:00Z"})
        await made(merchant, "/discounts", **TEN | {"code": "OLD", "ends_at": "2001-01-01T00:00:00Z"})
        await guest.add(cups, 3)
        for code in ("TEN", "LATER", "OLD"):
            cart = await guest.send("POST", "/discounts", {"code": code})
        reasons = {one["code"]: one["reason"] for one in cart["unused_codes"]}
        assert reasons == {"TEN": "not_reached", "LATER": "not_started", "OLD": "ended"}
        assert cart["subtotal"]["amount"] == "15.00"
        cart = await guest.add(cups)
        assert (cart["subtotal"]["amount"], len(cart["unused_codes"])) == ("18.00", 2)
        cart = await guest.send("DELETE", f"/items/{cart['lines'][0]['id']}")
        assert cart["codes"] == ["TEN", "LATER", "OLD"]

    async def test_of_stores_that_are_not_in_the_cart_are_unknown(
        self, guest: Buyer, client: httpx.AsyncClient, cups: Json
    ) -> None:
        other = await open_shop(client)
        await made(other, "/discounts", **TEN)
        assert (await guest.send("POST", "/discounts", {"code": "TEN"}, status=409))["code"] == "empty_cart"
        await guest.add(cups)
        texts = set()
        for code in ("TEN", "NEVER"):
            problem = await guest.send("POST", "/discounts", {"code": code}, status=404)
            texts.add((problem["code"], problem["detail"]))
        assert len(texts) == 1
        assert texts.pop()[0] == "unknown_code"
        await guest.send("POST", "/discounts", {"code": ""}, status=400)

    async def test_are_ten_at_most(self, guest: Buyer, merchant: Merchant, cups: Json) -> None:
        await guest.add(cups)
        for number in range(11):
            await made(merchant, "/discounts", **TEN | {"code": f"CODE{number}"})
            status = 200 if number < 10 else 400
            await guest.send("POST", "/discounts", {"code": f"CODE{number}"}, status=status)


class TestQuote:
    async def test_has_goods_shipping_and_taxes_by_store(
        self, guest: Buyer, merchant: Merchant, client: httpx.AsyncClient, cups: Json
    ) -> None:
        van = await made(merchant, "/shipping-rates", name="Van", amount="9.00")
        post = await made(merchant, "/shipping-rates", name="Post", amount="2.00")
        await made(merchant, "/tax-rates", name="VAT", percent="7.5", on_shipping=False)
        await made(merchant, "/discounts", **TEN)
        other = await open_shop(client)
        await other.catch_up()
        pots = await other.product(title="Tea pot", price="8.00", quantity=2)
        await guest.add(cups, 4)
        await guest.add(pots)
        await guest.send("POST", "/discounts", {"code": "TEN"})
        quote = await guest.quote()
        cup, pot = quote["stores"]
        sums = [cup[name]["amount"] for name in ("gross", "discount", "subtotal", "shipping", "tax", "total")]
        assert sums == ["20.00", "2.00", "18.00", "2.00", "1.35", "21.35"]
        assert [(one["name"], one["chosen"]) for one in cup["shipping_options"]] == [
            ("Post", True),
            ("Van", False),
        ]
        assert cup["shipping_options"][0]["rate_id"] == post["id"]
        assert cup["taxes"] == [
            {"name": "VAT", "rate": "7.5", "included": False, "amount": {"amount": "1.35", "currency": "GBP"}}
        ]
        assert (pot["total"]["amount"], pot["shipping_options"], quote["total"]["amount"]) == (
            "8.00",
            [],
            "29.35",
        )
        choice = [{"store_id": str(merchant.store), "rate_id": van["id"]}]
        assert (await guest.quote(shipping=choice))["total"]["amount"] == "36.35"
        await guest.quote(shipping=choice * 2, status=400)
        choice[0]["rate_id"] = choice[0]["store_id"]
        await guest.quote(shipping=choice, status=400)

    async def test_refuses_where_a_store_does_not_ship(
        self, guest: Buyer, merchant: Merchant, cups: Json
    ) -> None:
        await made(merchant, "/shipping-rates", name="Post", amount="2.00", places=[{"country": "GB"}])
        await guest.add(cups)
        problem = await guest.quote(status=409)
        assert (problem["code"], problem["store_id"]) == ("cannot_ship", str(merchant.store))

    async def test_needs_something_in_the_cart_and_a_whole_address(self, guest: Buyer, cups: Json) -> None:
        assert (await guest.quote(status=409))["code"] == "empty_cart"
        await guest.add(cups)
        problem = await guest.quote(shipping_address={"country": "XX"}, status=400)
        assert {one["pointer"] for one in problem["errors"]} == {
            f"/shipping_address/{name}" for name in ("name", "address1", "city", "country")
        }

    async def test_goes_to_an_address_of_ones_own_book(
        self, client: httpx.AsyncClient, guest: Buyer, merchant: Merchant, cups: Json
    ) -> None:
        await made(merchant, "/shipping-rates", name="Post", amount="2.00", places=[{"country": "NG"}])
        ada, bob = Buyer(client, await register(client)), Buyer(client, await register(client))
        address = (await ada.send("POST", "/api/v1/me/addresses", HOME, status=201))["id"]
        for buyer in (ada, bob, guest):
            await buyer.add(cups)
        sent = {"address_id": address}
        assert (await ada.quote(shipping_address=sent))["total"]["amount"] == "7.00"
        for stranger in (bob, guest):
            problem = await stranger.quote(shipping_address=sent, status=400)
            assert problem["errors"][0]["pointer"] == "/shipping_address/address_id"
        await ada.quote(shipping_address=sent | {"city": "Abuja"}, status=400)

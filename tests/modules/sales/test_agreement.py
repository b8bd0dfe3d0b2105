"""What checkout refuses since the shopper looked at the cart, over HTTP."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.kernel.ids import new_id
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import ADDRESS, Orderer, offer_of, stock_of


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def product_of(shop: Merchant, **fields: object) -> Any:  # noqa: ANN401 - JSON
    return await shop.product(price="5.00", quantity=5, **fields)


class TestCheckout:
    async def test_refuses_a_closed_store_before_anybody_has_heard_of_it(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        """No worker runs here: the shelf goes on showing what it has."""
        other = await open_shop(client)
        cup, pot = await product_of(shop), await product_of(other, title="Pot")
        buyer = Orderer(client)
        await buyer.add(cup)
        await buyer.add(pot)
        await other.send("PATCH", "", {"active": False})
        refused = await buyer.order(status=409)
        assert refused["code"] == "not_sold_here"
        assert [(line["title"], line["problem"]) for line in refused["lines"]] == [("Pot", "not_sold")]
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 0)
        await other.send("PATCH", "", {"active": True})
        assert len((await buyer.order())["orders"]) == 2

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"active": False}, "unknown_code"),
            ({"ends_at": "2020-01-01T00:00:00Z"}, "ended"),
            ({"starts_at": "2999-01-01T00:00:00Z"}, "not_started"),
        ],
    )
    async def test_drops_no_code_in_silence(
        self, client: httpx.AsyncClient, shop: Merchant, change: dict[str, object], reason: str
    ) -> None:
        code = {"title": "Off", "kind": "percent", "percent": "10", "code": "OFF"}
        made = await shop.send("POST", "/discounts", code, status=201)
        buyer = Orderer(client)
        await buyer.add(await product_of(shop))
        await buyer.send("POST", "/discounts", {"code": "off"})
        assert (await buyer.quote())["total"]["amount"] == "4.50"
        await shop.send("PATCH", f"/discounts/{made['id']}", change)
        refused = await buyer.order(status=409)
        assert refused["code"] == "discount_used_up"
        assert refused["codes"] == [{"code": "OFF", "reason": reason}]
        assert refused["total"]["amount"] == "5.00"
        assert (await buyer.order(expected_total=refused["total"]))["total"]["amount"] == "5.00"

    async def test_tells_whoever_used_a_code_before(self, client: httpx.AsyncClient, shop: Merchant) -> None:
        """A guest is known by the address that comes with the checkout: no quote could tell."""
        code = {"title": "Once", "kind": "percent", "percent": "10", "code": "ONCE", "limit_per_shopper": 1}
        await shop.send("POST", "/discounts", code, status=201)
        cup = await product_of(shop)
        for status in (201, 409):
            guest = Orderer(client)
            await guest.add(cup)
            await guest.send("POST", "/discounts", {"code": "ONCE"})
            answer = await guest.order(status=status)
        assert (answer["code"], answer["codes"][0]["reason"]) == ("discount_used_up", "used_up")
        await guest.send("DELETE", "/discounts?code=ONCE")
        assert (await guest.order())["total"]["amount"] == "5.00"

    async def test_knows_no_rate_of_a_store_that_has_none(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        other = await open_shop(client)
        theirs = await other.send("POST", "/shipping-rates", {"name": "Van", "amount": "9"}, status=201)
        buyer = Orderer(client)
        await buyer.add(await product_of(shop))
        for rate in (UUID(theirs["id"]), new_id()):
            chosen = [{"store_id": str(shop.store), "rate_id": str(rate)}]
            for refused in (
                await buyer.quote(status=400, shipping=chosen),
                await buyer.order(status=400, shipping=chosen),
            ):
                assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
                    ("/shipping", "unknown_rate")
                ]


class TestAddresses:
    @pytest.mark.parametrize(
        "field", ["name", "address1", "address2", "city", "zip", "province", "company", "phone"]
    )
    async def test_are_lines_without_breaks(
        self, client: httpx.AsyncClient, shop: Merchant, field: str
    ) -> None:
        buyer = Orderer(client)
        await buyer.add(await product_of(shop))
        for text in ("a\nb", "a\r", "a\u2028b", "a\n"):
            refused = await buyer.order(status=400, shipping_address=ADDRESS | {field: text})
            assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
                (f"/shipping_address/{field}", "invalid_format")
            ]

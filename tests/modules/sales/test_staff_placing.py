"""Orders that staff place for a customer, over HTTP."""

from typing import Any

import httpx
import pytest

from shoplytics.bootstrap import Infra
from tests.letters import subjects_to
from tests.modules.catalog.merchants import Merchant, open_shop

HOME = {"name": "Ada Byron", "address1": "1 High Street", "city": "York", "country": "GB"}


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def form(merchant: Merchant, **more: object) -> dict[str, Any]:
    product = await merchant.product(price="5.00", quantity=3)
    lines = [{"variant_id": product["variants"][0]["id"], "quantity": 2}]
    return {"lines": lines, "email": "Ada@Example.com", "shipping_address": HOME} | more


class TestStaffOrder:
    async def test_is_an_order_like_any_other(self, infra: Infra, merchant: Merchant) -> None:
        body = {"title": "Ten off", "kind": "percent", "percent": "10", "code": "TEN"}
        discount = await merchant.send("POST", "/discounts", body, status=201)
        await merchant.send("POST", "/shipping-rates", {"name": "Post", "amount": "3"}, status=201)
        dear = await merchant.send("POST", "/shipping-rates", {"name": "Van", "amount": "9"}, status=201)
        sent = await form(merchant, codes=["ten"], rate_id=dear["id"], note="ring twice")
        order = await merchant.send("POST", "/orders", sent, status=201)
        assert (order["status"], order["number"], order["email"]) == ("created", "1001", "ada@example.com")
        assert (order["discount"]["amount"], order["total"]["amount"]) == ("1.00", "18.00")
        assert (order["shipping_method"], order["note"]) == ("Van", "ring twice")
        actor = f"user:{merchant.account.user_id}"
        assert [(one["kind"], one["by"], one["actor"]) for one in order["history"]] == [
            ("placed", "store", actor)
        ]
        used = await merchant.send("GET", f"/discounts/{discount['id']}")
        assert used["used"] == 1
        row = (await merchant.send("GET", "/audit-log"))["items"][0]
        assert (row["action"], row["target"]) == ("orders.create", f"order:{order['id']}")
        assert len(await subjects_to(infra, "ada@example.com")) == 1

    async def test_is_paid_at_the_counter(self, merchant: Merchant) -> None:
        order = await merchant.send("POST", "/orders", await form(merchant, paid=True), status=201)
        assert (order["status"], order["financial_status"]) == ("processing", "paid")
        shipped = await merchant.send("POST", f"/orders/{order['id']}/ship", {})
        assert shipped["status"] == "shipped"

    async def test_is_placed_once_a_key(self, merchant: Merchant) -> None:
        sent = await form(merchant)
        for _ in range(2):
            await merchant.send("POST", "/orders", sent, status=201, Idempotency_Key="counter-1")
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 1

    async def test_takes_no_more_than_there_is(self, merchant: Merchant) -> None:
        sent = await form(merchant)
        sent["lines"][0]["quantity"] = 4
        problem = await merchant.send("POST", "/orders", sent, status=409)
        assert problem["code"] == "out_of_stock"

    async def test_is_of_what_the_store_sells(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        other = await open_shop(client)
        theirs = (await form(other))["lines"]
        sent = await form(merchant)
        sent["lines"] += [*sent["lines"], *theirs]
        problem = await merchant.send("POST", "/orders", sent, status=400)
        assert {one["pointer"]: one["code"] for one in problem["errors"]} == {
            "/lines/1/variant_id": "duplicate",
            "/lines/2/variant_id": "unknown_variant",
        }
        for wrong, pointer in (({"email": "x"}, "/email"), ({"shipping_address": {}}, "/shipping_address")):
            problem = await merchant.send("POST", "/orders", (await form(merchant)) | wrong, status=400)
            assert all(one["pointer"].startswith(pointer) for one in problem["errors"])

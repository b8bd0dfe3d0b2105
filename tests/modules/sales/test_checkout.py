"""Checkout over HTTP: what it asks, what it makes, and what it refuses."""

import asyncio
from typing import Any

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.kernel.access import DbRole
from tests.builders import prove, register
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import ADDRESS, EMAIL, Orderer, offer_of, stock_of

pytestmark = pytest.mark.anyio
SUMS = """
    select o.id from sales_order o
    join (select order_id, sum(total) as nets, sum(total + tax - tax_included) as totals, sum(tax) as tax,
            sum(quantity * unit_price) as gross, sum(discount) as discount
        from sales_order_line group by 1) l on l.order_id = o.id
    where o.total <> l.totals + o.shipping + o.shipping_tax - o.shipping_tax_included
        or o.total <> o.subtotal + o.shipping + o.tax - o.tax_included
        or o.subtotal <> l.nets or o.gross <> l.gross or o.discount <> l.discount
        or o.tax <> l.tax + o.shipping_tax
    union all
    select c.id from sales_checkout c
    where c.total <> (select sum(o.total) from sales_order o where o.checkout_id = c.id)
"""


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def product_of(shop: Merchant, price: str = "5.00", quantity: int = 5, **fields: object) -> Any:  # noqa: ANN401 - JSON
    return await shop.product(price=price, quantity=quantity, **fields)


class TestCheckout:
    async def test_makes_one_order_a_store_and_empties_the_cart(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        other = await open_shop(client)
        cup, pot = await product_of(shop, sku="CUP"), await product_of(other, "12.50", title="Pot")
        await shop.send("POST", "/shipping-rates", {"name": "Post", "amount": "3.00"}, status=201)
        buyer = Orderer(client)
        await buyer.add(cup, 2)
        await buyer.add(pot)
        quoted = await buyer.quote()
        done = await buyer.order(expected_total=quoted["total"], note=" by the door ")
        assert done["total"] == {"amount": "25.50", "currency": "GBP"} == quoted["total"]
        first, second = sorted(done["orders"], key=lambda order: order["total"]["amount"])
        assert (first["number"], first["status"], first["financial_status"]) == ("1001", "created", "pending")
        assert second["total"]["amount"] == "13.00"
        assert second["shipping_method"] == "Post"
        assert second["note"] == "by the door"
        assert second["shipping_address"] == second["billing_address"]
        assert second["shipping_address"]["city"] == "Lagos"
        (line,) = second["lines"]
        assert (line["title"], line["sku"], line["quantity"]) == ("Tea cup", "CUP", 2)
        assert [(e["kind"], e["status_to"], e["by"]) for e in second["history"]] == [
            ("placed", "created", "shopper")
        ]
        assert (await buyer.cart())["lines"] == []
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 2)
        again = await client.post("/api/v1/checkout", json={"shipping_address": ADDRESS, "email": EMAIL},
            headers=buyer.headers)  # fmt: skip
        assert (again.status_code, again.json()["code"]) == (409, "empty_cart")

    @pytest.mark.parametrize("signed_in", [False, True])
    async def test_shows_the_orders_as_they_are_shown_later(
        self, client: httpx.AsyncClient, shop: Merchant, *, signed_in: bool
    ) -> None:
        other = await open_shop(client)
        rate = {"name": "VAT", "percent": "20", "inclusive": True}
        await shop.send("POST", "/tax-rates", rate, status=201)
        await shop.send("POST", "/shipping-rates", {"name": "Post", "amount": "3.00"}, status=201)
        tenth = {"title": "Ten", "kind": "percent", "percent": "10", "code": "TEN"}
        await shop.send("POST", "/discounts", tenth, status=201)
        buyer = Orderer(client, await register(client) if signed_in else None)
        await buyer.add(await product_of(shop), 2)
        await buyer.add(await product_of(other))
        await buyer.send("POST", "/discounts", {"code": "ten"})
        placed = (await buyer.order(note="by the door"))["orders"]
        assert placed == [await buyer.about("GET", f"/{order['id']}") for order in placed]
        assert any(order["discounts"] and order["taxes"] for order in placed)

    async def test_snapshots_what_was_bought(self, client: httpx.AsyncClient, shop: Merchant) -> None:
        cup = await product_of(shop)
        buyer = Orderer(client)
        await buyer.add(cup)
        placed = (await buyer.order())["orders"][0]
        offer = f"/offers/{offer_of(cup)}"
        await shop.send("PATCH", f"/products/{cup['id']}", {"title": "Renamed"})
        await shop.send("PATCH", offer, {"price": "9.00"})
        seen = await buyer.about("GET", f"/{placed['id']}")
        assert (seen["lines"][0]["title"], seen["total"]["amount"]) == ("Tea cup", "5.00")

    async def test_takes_prices_from_the_database_alone(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        buyer = Orderer(client)
        await buyer.add(cup)
        for field in ("price", "total", "status", "discount", "paid_at", "store_id", "user_id"):
            answer = await buyer.try_order(**{field: "0.01"})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_field")

    async def test_tells_what_has_changed_since_it_was_seen(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        buyer = Orderer(client)
        await buyer.add(cup, 2)
        quoted = await buyer.quote()
        await shop.send("PATCH", f"/offers/{offer_of(cup)}", {"price": "6.00"})
        for body in ({}, {"expected_total": quoted["total"]}):
            refused = await buyer.order(status=409, **body)
            assert refused["code"] == "price_changed"
            assert refused["total"]["amount"] == "12.00"
            assert refused["lines"][0]["was"]["amount"] == "5.00"
            assert refused["lines"][0]["now"]["amount"] == "6.00"
        quoted = await buyer.quote()
        assert (await buyer.order())["total"] == quoted["total"]

    async def test_charges_what_was_expected_whatever_was_seen(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        buyer = Orderer(client)
        await buyer.add(cup)
        await shop.send("PATCH", f"/offers/{offer_of(cup)}", {"price": "6.00"})
        assert await buyer.order(expected_total={"amount": "6.00", "currency": "GBP"})
        await buyer.add(cup)
        wrong = await buyer.order(status=409, expected_total={"amount": "6.00", "currency": "USD"})
        assert wrong["code"] == "price_changed"

    async def test_refuses_more_than_there_is_with_what_there_is(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        cup, pot = await product_of(shop), await product_of(shop, title="Pot")
        slow, quick = Orderer(client), Orderer(client)
        await slow.add(cup, 4)
        await slow.add(pot, 1)
        await quick.add(cup, 3)
        await quick.order()
        refused = await slow.order(status=409)
        assert refused["code"] == "out_of_stock"
        (line,) = refused["lines"]
        assert (line["title"], line["wanted"], line["available"]) == ("Tea cup", 4, 2)
        assert await stock_of(app.parts.infra, offer_of(pot)) == (5, 0)
        assert len((await slow.cart())["lines"]) == 2

    async def test_wants_to_know_where_and_who(self, client: httpx.AsyncClient, shop: Merchant) -> None:
        cup = await product_of(shop)
        guest = Orderer(client)
        await guest.add(cup)
        wrong = await guest.order(status=400, email=None)
        assert wrong["errors"][0]["pointer"] == "/email"
        wrong = await guest.order(status=400, email="nobody")
        assert wrong["errors"][0]["code"] == "invalid_email"
        wrong = await guest.order(status=400, shipping_address={"name": "Ada", "country": "XX"})
        assert {error["pointer"] for error in wrong["errors"]} == {
            f"/shipping_address/{name}" for name in ("address1", "city", "country")
        }
        account, stranger = await register(client), await register(client)
        book = {"name": "Ada", "lines": ["1 Road"], "city": "Leeds", "country": "GB"}
        mine, theirs = [
            (await client.post("/api/v1/me/addresses", json=book, headers=one.headers)).json()["id"]
            for one in (account, stranger)
        ]
        buyer = Orderer(client, account)
        await buyer.add(cup)
        wrong = await buyer.order(status=400, shipping_address={"address_id": theirs})
        assert wrong["errors"][0]["code"] == "unknown_address"
        done = await buyer.order(shipping_address={"address_id": mine})
        order = done["orders"][0]
        assert (order["email"], order["shipping_address"]["city"]) == (account.email, "Leeds")

    async def test_is_carried_out_once_a_key(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        buyer = Orderer(client)
        await buyer.add(cup)
        first = await buyer.try_order(key="once")
        again = await buyer.try_order(key="once")
        assert (first.status_code, again.status_code) == (201, 201), again.text
        assert first.content == again.content
        assert again.headers["idempotent-replayed"] == "true"
        assert (await buyer.try_order(key="once", note="other")).status_code == 422
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 1)
        pool = app.parts.infra.database.pool(DbRole.SYSTEM)
        kept = await pool.fetchval("select string_agg(encode(body, 'escape'), '') from platform_idempotency")
        assert first.json()["order_token"] not in kept

    async def test_takes_nothing_for_nothing_and_is_paid_at_once(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        gift = {"title": "Gift", "kind": "percent", "percent": "100", "code": "GIFT", "limit_total": 1}
        await shop.send("POST", "/discounts", gift, status=201)
        buyer = Orderer(client)
        await buyer.add(cup)
        await buyer.send("POST", "/discounts", {"code": "gift"})
        order = (await buyer.order())["orders"][0]
        assert (order["status"], order["financial_status"], order["total"]["amount"]) == (
            "processing", "paid", "0.00",
        )  # fmt: skip
        assert [one["code"] for one in order["discounts"]] == ["GIFT"]
        assert await stock_of(app.parts.infra, offer_of(cup)) == (4, 0)
        refused = await buyer.about("POST", f"/{order['id']}/cancel", {}, status=409)
        assert refused["code"] == "illegal_transition"

    async def test_keeps_the_customer_of_each_store(
        self, client: httpx.AsyncClient, owner_url: str, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        account = await register(client)
        await prove(owner_url, account)
        for buyer in (Orderer(client, account), Orderer(client)):
            await buyer.add(cup)
            await buyer.order(email=account.email.upper())
        (customer,) = (await shop.send("GET", "/customers"))["items"]
        assert (customer["email"], customer["order_count"]) == (account.email, 2)
        assert (customer["name"], customer["spent"]["amount"]) == ("Ada Obi", "10.00")
        orders = await shop.send("GET", "/orders")
        assert [order["number"] for order in orders["items"]] == ["1002", "1001"]

    async def test_stores_parts_that_sum_to_the_total(
        self, client: httpx.AsyncClient, owner_url: str, shop: Merchant
    ) -> None:
        cups = [await product_of(shop, f"{n}.3{n}", 50, title=f"Cup {n}") for n in range(1, 5)]
        for path, body in (
            ("/discounts", {"title": "A", "kind": "percent", "percent": "7.5", "combines": True}),
            ("/discounts", {"title": "B", "kind": "amount", "amount": "1.11", "combines": True}),
            ("/tax-rates", {"name": "VAT", "percent": "17.5", "inclusive": True}),
            ("/tax-rates", {"name": "Levy", "percent": "1.3333"}),
            ("/shipping-rates", {"name": "Post", "amount": "3.33"}),
        ):
            await shop.send("POST", path, body, status=201)
        for turn in range(6):
            buyer = Orderer(client)
            for place, cup in enumerate(cups):
                await buyer.add(cup, 1 + (turn + place) % 3)
            quoted = await buyer.quote()
            done = await buyer.order()
            assert done["total"] == quoted["total"]
            order, store = done["orders"][0], quoted["stores"][0]
            for part in ("subtotal", "discount", "shipping", "tax", "tax_included", "total"):
                assert order[part] == store[part], part
            assert [t["percent"] for t in order["taxes"]] == [t["rate"] for t in store["taxes"]]
        assert await wrong(client, SUMS) == []


async def wrong(client: httpx.AsyncClient, sql: str) -> list[object]:
    app = client._transport.app  # type: ignore[attr-defined]
    pool = app.parts.infra.database.pool(DbRole.SYSTEM)
    return list(await pool.fetch(sql))


class TestManyBuyers:
    async def test_get_no_more_than_there_is(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        buyers = [Orderer(client) for _ in range(30)]
        for buyer in buyers:
            await buyer.add(cup)
        answers = await asyncio.gather(*(buyer.try_order() for buyer in buyers))
        assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 25
        assert {answer.json().get("code") for answer in answers} == {None, "out_of_stock"}
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 5)
        orders = await shop.send("GET", "/orders")
        assert sorted(order["number"] for order in orders["items"]) == [str(1001 + n) for n in range(5)]

    async def test_use_a_discount_no_more_often_than_it_allows(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        cup = await product_of(shop, "5.00", 500)
        code = {"title": "Few", "kind": "percent", "percent": "10", "code": "FEW", "limit_total": 5}
        made = await shop.send("POST", "/discounts", code, status=201)
        buyers = [Orderer(client, await register(client)) for _ in range(20)]
        for buyer in buyers:
            await buyer.add(cup)
            await buyer.send("POST", "/discounts", {"code": "FEW"})
        expected = {"amount": "4.50", "currency": "GBP"}
        sent = [buyers[n % 20].try_order(expected_total=expected) for n in range(64)]
        answers = await asyncio.gather(*sent)
        assert [answer.status_code for answer in answers].count(201) == 5
        assert {answer.json().get("code") for answer in answers} <= {
            None, "price_changed", "discount_used_up", "empty_cart",
        }  # fmt: skip
        assert (await shop.send("GET", f"/discounts/{made['id']}"))["used"] == 5

    async def test_use_a_discount_no_more_often_than_each_may(
        self, client: httpx.AsyncClient, shop: Merchant
    ) -> None:
        cup = await product_of(shop, "5.00", 500)
        code = {"title": "Once", "kind": "percent", "percent": "10", "code": "ONCE", "limit_per_shopper": 1}
        await shop.send("POST", "/discounts", code, status=201)
        guests = [Orderer(client) for _ in range(8)]
        for guest in guests:
            await guest.add(cup)
            await guest.send("POST", "/discounts", {"code": "ONCE"})
        expected = {"amount": "4.50", "currency": "GBP"}
        answers = await asyncio.gather(*(guest.try_order(expected_total=expected) for guest in guests))
        assert [answer.status_code for answer in answers].count(201) == 1


class TestBoughtOrders:
    async def test_are_their_buyers_alone(self, client: httpx.AsyncClient, shop: Merchant) -> None:
        cup = await product_of(shop)
        account, stranger = await register(client), await register(client)
        buyer, guest = Orderer(client, account), Orderer(client)
        await buyer.add(cup)
        await guest.add(cup)
        mine = (await buyer.order())["orders"][0]["id"]
        theirs = (await guest.order())["orders"][0]["id"]
        assert (await buyer.about("GET", f"/{mine}"))["id"] == mine
        assert (await guest.about("GET", f"/{theirs}"))["id"] == theirs
        assert [o["id"] for o in (await buyer.about("GET", "?total=true"))["items"]] == [mine]
        assert [o["id"] for o in (await guest.about("GET", ""))["items"]] == [theirs]
        await guest.about("GET", f"/{mine}", status=404)
        await buyer.about("GET", f"/{theirs}", status=404)
        other = Orderer(client, stranger)
        await other.about("GET", f"/{mine}", status=404)
        await other.about("POST", f"/{mine}/cancel", {}, status=404)
        assert (await other.about("GET", ""))["items"] == []

    @pytest.mark.parametrize("token", ["", "0", "null", "a" * 44, "%"])
    async def test_are_not_listed_for_what_is_no_token(self, client: httpx.AsyncClient, token: str) -> None:
        for path in ("/api/v1/orders", "/api/v1/payments"):
            answer = await client.get(path, headers={"X-Order-Token": token})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    @pytest.mark.parametrize("token", ["", "0", "null", "a" * 43, "a" * 44, "%"])
    async def test_open_to_no_token_that_is_none(
        self, client: httpx.AsyncClient, owner_url: str, shop: Merchant, token: str
    ) -> None:
        cup = await product_of(shop)
        guest = Orderer(client)
        await guest.add(cup)
        order = (await guest.order())["orders"][0]["id"]
        guest.order_token = token
        await guest.about("GET", f"/{order}", status=404)
        await guest.about("POST", f"/{order}/cancel", {}, status=404)
        listed = await client.get("/api/v1/orders", headers={"X-Order-Token": token})
        assert listed.status_code == 401 or listed.json()["items"] == []

    async def test_are_asked_for_by_somebody(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/api/v1/orders")).status_code == 401

    async def test_free_their_stock_and_discounts_when_cancelled_once(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        cup = await product_of(shop)
        code = {"title": "One", "kind": "percent", "percent": "10", "code": "ONE", "limit_total": 1,
            "limit_per_shopper": 1}  # fmt: skip
        made = await shop.send("POST", "/discounts", code, status=201)
        for _ in range(2):
            buyer = Orderer(client)
            await buyer.add(cup, 3)
            await buyer.send("POST", "/discounts", {"code": "ONE"})
            order = (await buyer.order())["orders"][0]
            assert order["discount"]["amount"] == "1.50"
            assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 3)
            path = f"/{order['id']}/cancel"
            sent = [
                client.post(
                    f"/api/v1/orders{path}",
                    json={"reason": "changed my mind"},
                    headers={"X-Order-Token": buyer.order_token or ""},
                )
                for _ in range(4)
            ]
            answers = await asyncio.gather(*sent)
            assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
            seen = await buyer.about("GET", f"/{order['id']}")
            assert (seen["status"], seen["financial_status"]) == ("cancelled", "voided")
            assert seen["cancel_reason"] == "changed my mind"
            assert [entry["kind"] for entry in seen["history"]] == ["placed", "cancel"]
            assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 0)
            assert (await shop.send("GET", f"/discounts/{made['id']}"))["used"] == 0
        (customer,) = (await shop.send("GET", "/customers"))["items"]
        assert (customer["order_count"], customer["spent"]["amount"]) == (0, "0.00")

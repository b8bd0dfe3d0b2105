"""Carts over HTTP: lines, codes, prices of today, and one shopper's cart never another's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.sales.service import SalesService
from shoplytics.modules.sales.tasks import forget_cart, purge_carts
from shoplytics.ports.identity import UserErased
from tests.builders import register
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.buyers import CART, Buyer, Json, shown
from tests.modules.sales.ordering import note_statements

MOST_STATEMENTS = 9


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    opened = await open_shop(client)
    await opened.catch_up()
    return opened


@pytest.fixture
async def cups(merchant: Merchant) -> Json:
    return await merchant.product(price="5.00", quantity=40, sku="CUP")


@pytest.fixture
def guest(client: httpx.AsyncClient) -> Buyer:
    return Buyer(client)


async def offer_of(product: Json) -> str:
    return str(product["variants"][0]["offers"][0]["id"])


async def set_offer(merchant: Merchant, product: Json, **fields: object) -> None:
    await merchant.send("PATCH", f"/offers/{await offer_of(product)}", fields)


class TestCart:
    async def test_begins_with_its_first_line_and_tells_a_guest_its_token_once(
        self, guest: Buyer, cups: Json, merchant: Merchant
    ) -> None:
        empty = await guest.cart()
        assert (empty["id"], empty["lines"], empty["subtotal"], guest.token) == (None, [], None, None)
        cart = await guest.add(cups, 2)
        (line,) = cart["lines"]
        assert len(cart["token"]) == 43
        assert (line["title"], line["sku"], line["quantity"], line["problem"]) == ("Tea cup", "CUP", 2, None)
        assert (line["unit_price"]["amount"], line["total"]["amount"], line["was"]) == ("5.00", "10.00", None)
        assert (line["store_id"], line["store_name"]) == (str(merchant.store), "A shop")
        assert (cart["subtotal"], cart["quantity"]) == ({"amount": "10.00", "currency": "GBP"}, 2)
        again = await guest.cart()
        assert "token" not in again or again["token"] is None
        assert again == cart | {"token": None}

    async def test_adds_up_changes_and_removes_lines(
        self, guest: Buyer, cups: Json, merchant: Merchant
    ) -> None:
        pots = await merchant.product(title="Tea pot", price="9.99", quantity=5)
        await guest.add(cups, 2)
        await guest.add(pots)
        cart = await guest.add(cups, 3)
        assert (shown(cart), cart["subtotal"]["amount"]) == ({"Tea cup": 5, "Tea pot": 1}, "34.99")
        cup, pot = cart["lines"]
        cart = await guest.send("PATCH", f"/items/{cup['id']}", {"quantity": 1})
        assert (shown(cart), cart["lines"][0]["id"]) == ({"Tea cup": 1, "Tea pot": 1}, cup["id"])
        cart = await guest.send("DELETE", f"/items/{pot['id']}")
        assert shown(cart) == {"Tea cup": 1}
        await guest.send("DELETE", f"/items/{pot['id']}", status=404)
        cart = await guest.send("DELETE", f"/items/{cup['id']}")
        assert (cart["lines"], cart["currency"], cart["subtotal"]) == ([], None, None)
        await guest.add(cups)
        cleared = await guest.send("DELETE")
        assert (cleared["lines"], (await guest.cart())["lines"]) == ([], [])

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"quantity": 0}, "/quantity"),
            ({"quantity": -5}, "/quantity"),
            ({"quantity": 10_000}, "/quantity"),
            ({"quantity": 1.0}, "/quantity"),
            ({"variant_id": "x"}, "/variant_id"),
            ({"unit_price": {"amount": "0.01", "currency": "GBP"}}, "/unit_price"),
            ({"store_id": ""}, "/store_id"),
        ],
    )
    async def test_refuses_bad_bodies(self, guest: Buyer, body: dict[str, object], pointer: str) -> None:
        sent = {"variant_id": str(uuid4()), "quantity": 1} | body
        problem = await guest.send("POST", "/items", sent, status=400)
        assert pointer in {error["pointer"] for error in problem["errors"]}

    async def test_takes_no_more_than_there_is(self, guest: Buyer, cups: Json) -> None:
        problem = await guest.add(cups, 41, status=409)
        assert (problem["code"], problem["available"], problem["wanted"]) == ("out_of_stock", 40, 41)
        assert guest.token is None
        cart = await guest.add(cups, 39)
        problem = await guest.add(cups, 2, status=409)
        assert (problem["available"], problem["wanted"]) == (40, 41)
        line = cart["lines"][0]["id"]
        assert (await guest.send("PATCH", f"/items/{line}", {"quantity": 41}, status=409))["available"] == 40
        assert shown(await guest.cart()) == {"Tea cup": 39}

    async def test_holds_a_hundred_lines_of_so_many_pieces(
        self, guest: Buyer, merchant: Merchant, owner_url: str
    ) -> None:
        many = await merchant.product(title="Nail", price="0.01", quantity=20_000)
        await guest.add(many, 9_000)
        problem = await guest.add(many, 1_000, status=400)
        assert problem["errors"][0]["code"] == "too_many"
        owner = await asyncpg.connect(owner_url)
        await owner.execute(
            "insert into sales_cart_line (id, cart_id, store_id, offer_id, product_id, variant_id, title,"
            " quantity, unit_price) select gen_random_uuid(), cart_id, store_id, gen_random_uuid(), "
            "product_id, variant_id, title, 1, 1 from sales_cart_line, generate_series(1, 99)"
        )
        await owner.close()
        other = await merchant.product(title="Screw", price="0.02", quantity=5)
        problem = await guest.add(other, status=400)
        assert problem["errors"][0]["code"] == "too_many_lines"
        assert len((await guest.cart())["lines"]) == 100

    async def test_knows_nothing_of_what_is_not_shown(
        self, guest: Buyer, merchant: Merchant, client: httpx.AsyncClient
    ) -> None:
        hidden = await merchant.product(title="Secret", price="1", quantity=5, published_at=None)
        await guest.add(hidden, status=404)
        gone = await merchant.product(title="Gone", price="1", quantity=5)
        await merchant.send("DELETE", f"/products/{gone['id']}", status=204)
        await guest.add(gone, status=404)
        await guest.send("POST", "/items", {"variant_id": str(uuid4()), "quantity": 1}, status=404)
        stranger = await open_shop(client)
        cup = await merchant.product(price="1", quantity=5)
        await guest.add(cup, store=stranger.store, status=404)

    async def test_sells_nothing_that_has_no_price_or_lives_elsewhere(
        self, guest: Buyer, merchant: Merchant, cups: Json, owner_url: str
    ) -> None:
        free = await merchant.product(title="Priceless", quantity=5)
        assert (await guest.add(free, status=409))["code"] == "not_sold_here"
        await set_offer(merchant, cups, active=False)
        assert (await guest.add(cups, status=409))["code"] == "not_sold_here"
        await set_offer(merchant, cups, active=True)
        await guest.add(cups)
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update catalog_product set source = 'shopify' where title = 'Tea cup'")
        await owner.close()
        assert (await guest.add(cups, status=409))["code"] == "not_sold_here"
        cart = await guest.cart()
        assert (cart["lines"][0]["problem"], cart["lines"][0]["available"]) == ("not_sold_here", 0)
        assert (cart["subtotal"]["amount"], cart["quantity"]) == ("0.00", 1)
        problem = await guest.quote(status=409)
        assert (problem["code"], problem["lines"][0]["title"]) == ("not_sold_here", "Tea cup")

    async def test_has_one_currency(self, guest: Buyer, cups: Json, client: httpx.AsyncClient) -> None:
        naira = await open_shop(client, "NGN")
        await naira.catch_up()
        pot = await naira.product(title="Tea pot", price="900", quantity=5)
        cart = await guest.add(cups)
        problem = await guest.add(pot, status=409)
        assert (problem["code"], problem["cart_currency"], problem["currency"]) == (
            "currency_mismatch",
            "GBP",
            "NGN",
        )
        await guest.send("DELETE", f"/items/{cart['lines'][0]['id']}")
        assert (await guest.add(pot))["currency"] == "NGN"

    async def test_takes_the_best_offer_unless_a_store_is_named(
        self, guest: Buyer, merchant: Merchant, client: httpx.AsyncClient
    ) -> None:
        seller = await open_shop(client)
        open_cup = await merchant.product(price="5.00", quantity=2, marketplace=True)
        body = {"variant_id": open_cup["variants"][0]["id"], "price": "4.00", "quantity": 1}
        await seller.send("POST", "/offers", body, status=201)
        await seller.catch_up()
        cart = await guest.add(open_cup)
        assert cart["lines"][0]["store_id"] == str(seller.store)
        cart = await guest.add(open_cup, store=merchant.store)
        assert [line["unit_price"]["amount"] for line in cart["lines"]] == ["4.00", "5.00"]

    async def test_shows_todays_price_and_the_one_seen_last(
        self, guest: Buyer, merchant: Merchant, cups: Json
    ) -> None:
        cart = await guest.add(cups, 2)
        await set_offer(merchant, cups, price="6.00")
        for _ in range(2):
            (line,) = (await guest.cart())["lines"]
            assert (line["unit_price"]["amount"], line["was"]["amount"]) == ("6.00", "5.00")
        cart = await guest.send("PATCH", f"/items/{line['id']}", {"quantity": 1})
        assert (cart["lines"][0]["was"], cart["subtotal"]["amount"]) == (None, "6.00")
        await set_offer(merchant, cups, price="7.00")
        (store,) = (await guest.quote())["stores"]
        assert (store["lines"][0]["was"]["amount"], store["total"]["amount"]) == ("6.00", "7.00")
        assert (await guest.cart())["lines"][0]["was"] is None

    async def test_says_what_became_of_its_lines(self, guest: Buyer, merchant: Merchant, cups: Json) -> None:
        await guest.add(cups, 3)
        path = f"/offers/{await offer_of(cups)}/stock"
        await merchant.send("POST", path, {"set": 2, "reason": "lost"})
        (line,) = (await guest.cart())["lines"]
        assert (line["problem"], line["available"], line["total"]["amount"]) == ("not_enough", 2, "15.00")
        fewer = await guest.send("PATCH", f"/items/{line['id']}", {"quantity": 2})
        assert fewer["lines"][0]["problem"] is None
        await merchant.send("POST", path, {"set": 0, "reason": "lost"})
        assert (await guest.cart())["lines"][0]["problem"] == "out_of_stock"
        await merchant.send(
            "PATCH", f"/products/{cups['id']}", {"title": "Secret plans", "published_at": None}
        )
        (line,) = (await guest.cart())["lines"]
        assert (line["problem"], line["title"]) == ("not_sold", "Tea cup")
        assert (await guest.cart())["subtotal"]["amount"] == "0.00"


class TestOwner:
    async def test_is_who_has_the_token(self, guest: Buyer, cups: Json, client: httpx.AsyncClient) -> None:
        cart = await guest.add(cups)
        line = cart["lines"][0]["id"]
        for token in (None, "", "null", "0", "A" * 43, (guest.token or "")[:-1], "é" * 43, "x" * 3_000):
            headers = {} if token is None else {b"X-Cart-Token": token.encode()}
            answer = await client.get(CART, headers=headers)
            assert (answer.status_code, answer.json()["lines"]) == (200, []), token
            for method, path, body in (
                ("PATCH", f"/items/{line}", {"quantity": 9}),
                ("DELETE", f"/items/{line}", None),
                ("PATCH", "", {"email": "x@example.com"}),
            ):
                answer = await client.request(method, f"{CART}{path}", json=body, headers=headers)
                assert answer.status_code == 404, (token, method)
            await client.delete(CART, headers=headers)
        assert shown(await guest.cart()) == {"Tea cup": 1}

    async def test_gets_a_new_token_for_one_that_is_none(self, guest: Buyer, cups: Json) -> None:
        guest.token = "B" * 43
        await guest.add(cups)
        assert guest.token != "B" * 43
        assert shown(await guest.cart()) == {"Tea cup": 1}

    async def test_is_never_another_guest_or_user(
        self, guest: Buyer, cups: Json, client: httpx.AsyncClient
    ) -> None:
        other = Buyer(client)
        ada, bob = Buyer(client, await register(client)), Buyer(client, await register(client))
        lines = [(await buyer.add(cups, 2))["lines"][0]["id"] for buyer in (guest, other, ada)]
        assert (ada.token, (await bob.cart())["lines"]) == (None, [])
        for buyer, foreign in ((other, lines[0]), (guest, lines[1]), (bob, lines[2]), (ada, lines[0])):
            await buyer.send("PATCH", f"/items/{foreign}", {"quantity": 9}, status=404)
            await buyer.send("DELETE", f"/items/{foreign}", status=404)
        for buyer in (guest, other, ada):
            assert shown(await buyer.cart()) == {"Tea cup": 2}

    async def test_loses_no_click_of_thirty_at_once(
        self, guest: Buyer, cups: Json, client: httpx.AsyncClient
    ) -> None:
        cart = await guest.add(cups)
        answers = await asyncio.gather(*(guest.add(cups) for _ in range(30)))
        assert {answer["id"] for answer in answers} == {cart["id"]}
        assert shown(await guest.cart()) == {"Tea cup": 31}
        ada = Buyer(client, await register(client))
        body = {"variant_id": cups["variants"][0]["id"], "quantity": 1}
        made = await asyncio.gather(*(ada.attempt("POST", "/items", body) for _ in range(30)))
        assert sorted(answer.status_code for answer in made) == [201] * 30
        assert shown(await ada.cart()) == {"Tea cup": 30}


class Wire:
    """What the connections for shoppers send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def count(self, doing: Awaitable[object]) -> int:
        """Loggers are called a turn later. What only reads begins no transaction."""
        await asyncio.sleep(0)
        self.sent.clear()
        await doing
        await asyncio.sleep(0)
        assert self.sent.count("begin") == self.sent.count("commit") == int(self.sent[-1] == "commit")
        return len(self.sent)


@pytest.fixture
async def wire(app: Api) -> Wire:
    wire = Wire()
    await note_statements(app.parts.infra, wire.sent)
    return wire


class TestStatements:
    async def test_are_the_same_few_however_full_the_cart(
        self, wire: Wire, guest: Buyer, merchant: Merchant, client: httpx.AsyncClient
    ) -> None:
        goods = [await merchant.product(title=f"Cup {number}", price="5", quantity=9) for number in range(6)]
        tenth = {"title": "Ten", "kind": "percent", "percent": "10", "code": "TEN"}
        await merchant.send("POST", "/discounts", tenth, status=201)
        ada = Buyer(client, await register(client))
        for buyer in (guest, ada):
            assert await wire.count(buyer.add(goods[0])) <= MOST_STATEMENTS, wire.sent
            second = await wire.count(buyer.add(goods[1]))
            assert second <= MOST_STATEMENTS, wire.sent
            await buyer.send("POST", "/discounts", {"code": "ten"})
            for product in goods[2:5]:
                await buyer.add(product)
            assert await wire.count(buyer.add(goods[5])) == second, wire.sent
            assert await wire.count(buyer.cart()) == 3, wire.sent
            assert await wire.count(buyer.quote()) == 3, wire.sent


class TestErasure:
    async def test_takes_the_users_cart_and_their_address_from_others(
        self, app: Api, guest: Buyer, cups: Json, client: httpx.AsyncClient
    ) -> None:
        account = await register(client)
        ada, bob = Buyer(client, account), Buyer(client, await register(client))
        for buyer in (guest, ada, bob):
            await buyer.add(cups)
        await guest.send("PATCH", "", {"email": account.email})
        await bob.send("PATCH", "", {"email": "bob@example.com"})
        event = UserErased(user_id=account.user_id, pseudonym="x", email=account.email)
        for _ in range(2):
            async with sales_in(app.parts.infra) as sales:
                await forget_cart(event, sales)
        assert (await ada.cart())["lines"] == []
        assert [(await buyer.cart())["email"] for buyer in (guest, bob)] == [None, "bob@example.com"]


class TestPurge:
    async def test_forgets_guests_who_did_not_come_back_in_ninety_days(
        self, app: Api, guest: Buyer, cups: Json, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        late, ada = Buyer(client), Buyer(client, await register(client))
        for buyer in (guest, late, ada):
            await buyer.add(cups)
        await self._age(owner_url, days=89)
        await late.add(cups)
        await purge(app.parts.infra)
        assert [shown(await buyer.cart()) for buyer in (guest, late, ada)] == [
            {"Tea cup": 1},
            {"Tea cup": 2},
            {"Tea cup": 1},
        ]
        await self._age(owner_url, days=2)
        await purge(app.parts.infra)
        assert [shown(await buyer.cart()) for buyer in (guest, late, ada)] == [
            {},
            {"Tea cup": 2},
            {"Tea cup": 1},
        ]

    async def _age(self, owner_url: str, *, days: int) -> None:
        owner = await asyncpg.connect(owner_url)
        await owner.execute(
            "update sales_cart set updated_at = updated_at - $1::interval", timedelta(days=days)
        )
        await owner.close()


async def purge(infra: Infra) -> None:
    async with sales_in(infra) as sales:
        await purge_carts(utc_now(), sales)


@asynccontextmanager
async def sales_in(infra: Infra) -> AsyncIterator[SalesService]:
    """As a worker has it for one task."""
    async with infra.database.work(DbRole.SYSTEM) as work:
        service = WITH_WORK["sales"](infra, work)
        assert isinstance(service, SalesService)
        yield service
        await work.commit()

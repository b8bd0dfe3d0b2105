"""A store's records of its buyers, over HTTP."""

import csv

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from tests.builders import register
from tests.drain import drain
from tests.letters import subjects_to
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import ADDRESS, EMAIL, Orderer
from tests.modules.sales.orders import Goods, paid, place

NAMES = "Ada Byron"
PERSON = """
    select coalesce(email, '') || coalesce(phone, '') || coalesce(billing_address::text, '')
        || coalesce(shipping_address::text, '') || note || staff_note || cancel_reason as told
    from sales_order
"""


TEXTS = """
    select c.table_name, array_agg(c.column_name::text) from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
        and (c.data_type in ('text', 'json', 'jsonb', 'character varying', 'character')
            or c.udt_name in ('_text', '_varchar'))
    group by c.table_name
"""
SUMS = """
    select (select sum(total) from sales_order), (select sum(refunded) from sales_order),
        (select count(*) from sales_order_line), (select sum(total) from sales_checkout),
        (select sum(amount) from payments_share), (select sum(spent) from sales_customer),
        (select sum(total) from analytics_order), (select count(customer_id) from analytics_order)
"""


async def holding(owner_url: str, word: str) -> set[str]:
    """Tables with the word in any text, document or list of texts, whatever the table."""
    owner = await asyncpg.connect(owner_url)
    found = set()
    for table, columns in await owner.fetch(TEXTS):
        told = " or ".join(f"strpos(lower({name}::text), $1) > 0" for name in columns)
        if await owner.fetchval(f"select exists (select from {table} where {told})", word):
            found.add(table)
    await owner.close()
    return found


async def sums_of(owner_url: str) -> tuple[object, ...]:
    owner = await asyncpg.connect(owner_url)
    row = await owner.fetchrow(SUMS)
    await owner.close()
    assert row is not None
    return tuple(row)


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def customer(merchant: Merchant) -> str:
    (one,) = (await merchant.send("GET", "/customers"))["items"]
    return f"/customers/{one['id']}"


class TestCustomer:
    async def test_is_changed_as_it_was_seen(self, infra: Infra, merchant: Merchant) -> None:
        await paid(infra, merchant)
        path = await customer(merchant)
        body = {"name": "Ada B.", "phone": "+44 1904 123456", "note": "likes tea", "tags": ["regular"]}
        done = await merchant.send("PATCH", path, body, If_Match='"1"')
        assert {name: done[name] for name in body} == body
        await merchant.send("PATCH", path, {"name": "X"}, status=412, If_Match='"1"')
        assert (await merchant.send("PATCH", path, {"phone": None}))["phone"] is None
        await paid(infra, merchant)
        assert (await merchant.send("GET", path))["name"] == "Ada B."
        for wrong in ({"email": "x@example.com"}, {"tags": [" x"]}, {"order_count": 5}):
            await merchant.send("PATCH", path, wrong, status=400)

    async def test_changes_are_written_down_without_a_word_of_them(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        await paid(infra, merchant)
        await merchant.send("PATCH", await customer(merchant), {"note": "likes tea"})
        row = (await merchant.send("GET", "/audit-log"))["items"][0]
        assert (row["action"], row["after"]) == ("customers.change", {"version": 2, "fields": ["note"]})


class TestExport:
    async def test_has_everybody_in_it(self, infra: Infra, merchant: Merchant) -> None:
        await paid(infra, merchant, Goods(quantity=2))
        await place(infra, merchant, email="bo@example.com")
        await merchant.send("PATCH", await first(merchant, "ada@"), {"note": "=1+1", "tags": ["a", "b"]})
        answer = await merchant.attempt("GET", "/customers/export.csv")
        head, ada, bo = csv.reader(answer.text.splitlines())
        told = dict(zip(head, ada, strict=True))
        assert (told["Email"], told["Note"], told["Tags"]) == ("ada@example.com", "'=1+1", "a, b")
        assert (told["Orders"], told["Spent"], told["Currency"]) == ("1", "10.00", "GBP")
        assert bo[head.index("Email")] == "bo@example.com"


class TestSearch:
    async def test_for_nothing_is_none(self, infra: Infra, merchant: Merchant) -> None:
        """A page sends its empty field."""
        await place(infra, merchant, email="bo@example.com")
        for path in ("/customers", "/orders"):
            for words in ("", "%20"):
                assert len((await merchant.send("GET", f"{path}?q={words}"))["items"]) == 1
            assert (await merchant.send("GET", f"{path}?q=nobody"))["items"] == []


async def first(merchant: Merchant, words: str) -> str:
    found = await merchant.send("GET", f"/customers?q={words}")
    return f"/customers/{found['items'][0]['id']}"


class TestErase:
    async def test_leaves_amounts_and_no_word_of_the_person(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2))
        path = await customer(merchant)
        refused = await merchant.send("DELETE", path, status=409)
        assert (refused["code"], refused["orders"]) == ("orders_under_way", 1)
        await merchant.send("POST", f"{order.path}/complete")
        await merchant.send("PATCH", order.path, {"staff_note": f"{NAMES} called"})
        await merchant.send("POST", f"{order.path}/refunds", {"amount": "1", "reason": NAMES}, status=201)
        await merchant.send("DELETE", path, status=204)
        await merchant.send("GET", path, status=404)
        assert (await merchant.send("GET", "/customers"))["items"] == []
        shown = await merchant.attempt("GET", order.path)
        for word in ("Byron", "ada@example.com", "High Street"):
            assert word not in shown.text
        assert (shown.json()["total"]["amount"], len(shown.json()["lines"])) == ("10.00", 1)
        pool = infra.database.pool(DbRole.SYSTEM)
        assert [row[0] for row in await pool.fetch(PERSON)] == [""]
        rows = await merchant.attempt("GET", "/audit-log")
        assert rows.json()["items"][0]["action"] == "customers.erase"
        assert "Byron" not in rows.text

    async def test_lets_the_same_person_come_back_as_a_new_one(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        order = await paid(infra, merchant)
        path = await customer(merchant)
        await merchant.send("POST", f"{order.path}/complete")
        await merchant.send("DELETE", path, status=204)
        await paid(infra, merchant)
        again = await customer(merchant)
        assert again != path
        assert (await merchant.send("GET", again))["order_count"] == 1

    async def test_leaves_the_address_nowhere_and_every_sum_as_it_was(
        self, app: Api, client: httpx.AsyncClient, owner_url: str, merchant: Merchant
    ) -> None:
        cup = await merchant.product(price="5.00", quantity=9)
        ada = Orderer(client)
        await ada.add(cup, 2)
        await ada.send("PATCH", "", {"email": EMAIL})
        await ada.order(note=f"Call me at {EMAIL}")
        await ada.add(cup)
        staff = {"lines": [{"variant_id": cup["variants"][0]["id"], "quantity": 1}], "email": EMAIL}
        await merchant.send(
            "POST", "/orders", staff | {"shipping_address": ADDRESS, "paid": True}, status=201
        )
        for order in (await merchant.send("GET", "/orders"))["items"]:
            if order["status"] == "created":
                await merchant.send("POST", f"/orders/{order['id']}/mark-paid", {}, status=201)
            ship = f"/orders/{order['id']}/ship"
            await merchant.send("POST", ship, {"tracking_number": "R1"})
        await drain(app.parts.infra)
        held, sums = await holding(owner_url, EMAIL), await sums_of(owner_url)
        kept = {"sales_cart", "sales_checkout", "sales_customer", "sales_order", "platform_mail"}
        assert held == kept
        await merchant.send("DELETE", await customer(merchant), status=204)
        await drain(app.parts.infra)
        assert await holding(owner_url, EMAIL) == set()
        assert await sums_of(owner_url) == sums

    async def test_touches_nothing_of_other_stores_and_accounts(
        self, app: Api, client: httpx.AsyncClient, owner_url: str, merchant: Merchant
    ) -> None:
        other, account = await open_shop(client), await register(client, EMAIL)
        guest = Orderer(client)
        for shop, title in ((merchant, "Cup"), (other, "Pot")):
            await guest.add(await shop.product(title=title, price="5.00", quantity=9))
        await guest.order()
        for shop in (merchant, other):
            (order,) = (await shop.send("GET", "/orders"))["items"]
            await shop.send("POST", f"/orders/{order['id']}/mark-paid", {}, status=201)
            await shop.send("POST", f"/orders/{order['id']}/ship", {})
        before = await subjects_to(app.parts.infra, EMAIL)
        await merchant.send("DELETE", await customer(merchant), status=204)
        (order,) = (await other.send("GET", "/orders"))["items"]
        assert order["email"] == EMAIL
        assert (await other.send("GET", await customer(other)))["email"] == EMAIL
        after = await subjects_to(app.parts.infra, EMAIL)
        gone = [subject for subject in before if subject not in after]
        assert gone == ["Your orders 1001, 1001"]
        assert (await client.get("/api/v1/me", headers=account.headers)).json()["email"] == EMAIL
        assert "sales_checkout" in await holding(owner_url, EMAIL)
        await other.send("DELETE", await customer(other), status=204)
        assert not {name for name in await holding(owner_url, EMAIL) if name.startswith("sales_")}

    async def test_is_for_managers_of_that_store(
        self, client: httpx.AsyncClient, infra: Infra, merchant: Merchant
    ) -> None:
        other = await open_shop(client)
        order = await paid(infra, merchant)
        await merchant.send("POST", f"{order.path}/complete")
        path = await customer(merchant)
        await other.send("DELETE", path, status=404)
        stranger = f"/api/v1/stores/{merchant.store}{path}"
        assert (await client.delete(stranger, headers=other.account.headers)).status_code == 404
        assert (await merchant.send("GET", path))["email"] == "ada@example.com"

"""A store's records of its buyers, over HTTP."""

import csv

import httpx
import pytest

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.orders import Goods, paid, place

NAMES = "Ada Byron"
PERSON = """
    select coalesce(email, '') || coalesce(phone, '') || coalesce(billing_address::text, '')
        || coalesce(shipping_address::text, '') || note || staff_note || cancel_reason as told
    from sales_order
"""


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
        pool = await infra.database.pool(DbRole.SYSTEM)
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

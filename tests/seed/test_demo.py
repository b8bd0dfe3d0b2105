"""Loading the demo into a real database, at a twentieth of its size."""

from collections import Counter
from typing import Any

import asyncpg
import httpx
import msgspec

from shoplytics.seed import load_demo
from shoplytics.seed.owner import EMAIL
from shoplytics.seed.shops import SHOPS
from shoplytics.settings import Settings, demo_password

SMALL = tuple(msgspec.structs.replace(shop, orders_a_year=shop.orders_a_year // 20) for shop in SHOPS)


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "NGN"}


async def contents(owner_url: str) -> Counter[str]:
    """Rows of every table that holds the demo, and of the outbox those still to be handled."""
    owner = await asyncpg.connect(owner_url)
    tables = await owner.fetch("select tablename as name from pg_tables where schemaname = 'public'")
    found = Counter[str]()
    for table in tables:
        found[table["name"]] = await owner.fetchval(f"select count(*) from {table['name']}")
    found["waiting"] = await owner.fetchval("select count(*) from platform_outbox where done_at is null")
    await owner.close()
    return found


class TestDemo:
    async def test_is_complete_when_it_returns(self, settings: Settings, owner_url: str) -> None:
        report = await load_demo(settings, shops=SMALL)
        there = await contents(owner_url)
        assert report.created
        assert [store.currency for store in report.stores] == ["GBP", "NGN"]
        assert there["waiting"] == 0
        assert there["catalog_product"] == sum(len(shop.goods) for shop in SMALL)
        assert there["sales_order"] > 200
        assert there["analytics_order"] == there["sales_order"]
        assert there["tracking_visit"] > 5000
        assert (there["catalog_attribute"], there["catalog_category"]) == (3 + 4, 16 + 11)

    async def test_sorts_its_goods_and_has_a_neighbour_offer_some(
        self, settings: Settings, client: httpx.AsyncClient
    ) -> None:
        report = await load_demo(settings, shops=SMALL[:1])
        store = report.stores[0].id
        query = {"store": str(store), "category": "kitchen/mugs", "attribute": "material:Stoneware"}
        listed = (await client.get("/api/v1/products", params=query | {"sort": "name"})).json()["items"]
        assert [item["title"] for item in listed] == ["Espresso Cup Pair", "Stoneware Mug"]
        mug = (await client.get(f"/api/v1/products/{listed[1]['id']}")).json()
        offers = mug["variants"][0]["offers"]
        assert [(one["store_name"], one["price"]["amount"]) for one in offers] == [
            ("The Corner Cupboard", "13.30"),
            ("Hearth & Linen", "14.00"),
        ]
        assert {one["code"]: one["value"] for one in mug["attributes"]} == {
            "material": "Stoneware",
            "ready_in": 2,
            "gift": False,
        }
        (reduced,) = (await client.get("/api/v1/products", params={"sku": "HL-006-OAT"})).json()["items"]
        assert (reduced["price"]["amount"], reduced["compare_at_price"]["amount"]) == ("38.00", "47.50")

    async def test_sells_by_the_rates_its_year_was_charged_by(
        self, settings: Settings, client: httpx.AsyncClient
    ) -> None:
        kola = SMALL[1]
        report = await load_demo(settings, shops=[kola])
        form = {"identifier": EMAIL, "password": demo_password(settings.home)}
        token = (await client.post("/api/v1/auth/login", json=form)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        base = f"/api/v1/stores/{report.stores[0].id}"

        async def listed(kind: str) -> list[dict[str, object]]:
            items = (await client.get(f"{base}/{kind}?sort=created_at", headers=bearer)).json()["items"]
            return sorted(items, key=lambda one: str(one["id"]))

        rates = await listed("shipping-rates")
        assert [(one["name"], one["amount"], one["free_from"]) for one in rates] == [
            ("Standard", money("3500.00"), money("60000.00")),
            ("Next day", money("7000.00"), None),
        ]
        assert [(one["name"], one["percent"]) for one in await listed("tax-rates")] == [("VAT", "7.5")]
        discounts = await listed("discounts")
        assert [(one["title"], one["code"]) for one in discounts] == [
            ("Welcome", "WELCOME10"),
            ("Three for two", "THREEFORTWO"),
            ("Black Friday", None),
        ]
        sale = discounts[-1]
        assert str(sale["starts_at"]) < str(sale["ends_at"])

    async def test_ends_with_orders_in_every_state_reviews_and_a_cart_left_behind(
        self, settings: Settings, client: httpx.AsyncClient
    ) -> None:
        report = await load_demo(settings, shops=SMALL[:1])
        form = {"identifier": EMAIL, "password": demo_password(settings.home)}
        token = (await client.post("/api/v1/auth/login", json=form)).json()["access_token"]
        base = f"/api/v1/stores/{report.stores[0].id}"

        async def asked(path: str) -> list[dict[str, Any]]:
            answer = await client.get(f"{base}{path}", headers={"Authorization": f"Bearer {token}"})
            items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
            return items

        orders = await asked("/orders?source=native")
        assert Counter((order["status"], order["financial_status"]) for order in orders) == {
            ("completed", "paid"): 1,
            ("shipped", "paid"): 1,
            ("processing", "paid"): 1,
            ("shipped", "partially_refunded"): 1,
            ("cancelled", "voided"): 1,
            ("created", "pending"): 1,
        }
        reviews = (await client.get(f"{base}/reviews")).json()["items"]
        assert [review["rating"] for review in reviews] == [5]
        (left,) = await asked("/carts/abandoned")
        assert left["email"] == "noor@demo.example"

    async def test_changes_nothing_the_second_time(self, settings: Settings, owner_url: str) -> None:
        first = await load_demo(settings, shops=SMALL)
        before = await contents(owner_url)
        second = await load_demo(settings, shops=SMALL)
        after = await contents(owner_url)
        assert not second.created
        assert second.stores == first.stores
        signed_in = {name for name in before if name.startswith("identity_")}
        assert {k: v for k, v in after.items() if k not in signed_in} == {
            k: v for k, v in before.items() if k not in signed_in
        }

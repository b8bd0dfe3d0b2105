"""Stock as people meet it: what moved it, what runs low, and who gets the last unit."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.ports.catalog import OfferBlock
from shoplytics.ports.catalog.stock import ShortOffer, StockKeeper, StockLine
from tests.builders import prove, register, store_of
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant, someone_waits


class Shop:
    """An owner with one product, and orders that want it."""

    def __init__(self, app: Api, merchant: Merchant, product: Any) -> None:  # noqa: ANN401 - JSON
        self.infra = app.parts.infra
        self.merchant = merchant
        self.product: str = product["id"]
        self.offer = UUID(product["variants"][0]["offers"][0]["id"])
        self.path = f"/offers/{self.offer}"

    async def reserve(
        self, units: int, *, reference: UUID | None = None, offer: UUID | None = None
    ) -> list[ShortOffer]:
        lines = [StockLine(offer_id=offer or self.offer, quantity=units)]
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            short = await stock_keeper(self.infra, work).reserve({reference or uuid4(): lines})
            await work.commit()
        return short

    async def order(self, deed: str, reference: UUID, **what: object) -> bool:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            keeper: StockKeeper = stock_keeper(self.infra, work)
            if deed == "restock":
                done: bool = await getattr(keeper, deed)(reference=reference, **what)
            else:
                done = await getattr(keeper, deed)([reference]) == {reference}
            await work.commit()
        return done

    async def movements(self, query: str = "") -> list[Any]:
        page = await self.merchant.send("GET", f"/stock-movements{query}")
        items: list[Any] = page["items"]
        return items

    async def letters(self) -> int:
        await drain(self.infra)
        pool = self.infra.database.pool(DbRole.SYSTEM)
        found: int = await pool.fetchval("select count(*) from platform_mail where template = 'low_stock'")
        return found

    async def events(self) -> int:
        pool = self.infra.database.pool(DbRole.SYSTEM)
        asked = "select count(*) from platform_outbox where event_type = 'catalog.low-stock'"
        found: int = await pool.fetchval(asked)
        return found


@pytest.fixture
async def shop(app: Api, client: httpx.AsyncClient, owner_url: str) -> Shop:
    account = await register(client)
    await prove(owner_url, account)
    merchant = Merchant(client, account, await store_of(client, account, low_stock_threshold=2))
    return Shop(app, merchant, await merchant.product(price="5.00", sku="CUP", quantity=5))


class TestBuyers:
    async def test_get_what_there_is_and_not_one_more(self, client: httpx.AsyncClient, shop: Shop) -> None:
        """Thirty at once for five units."""
        found = await asyncio.gather(*(shop.reserve(1) for _ in range(30)))
        assert sum(not short for short in found) == 5
        seen = await shop.merchant.send("GET", shop.path)
        assert (seen["on_hand"], seen["reserved"], seen["available"]) == (5, 5, 0)
        shown = (await client.get(f"/api/v1/products/{shop.product}")).json()
        assert shown["variants"][0]["offers"][0]["available"] == 0
        assert (await client.get("/api/v1/products?in_stock=true")).json()["items"] == []

    async def test_make_the_last_unit_come_back_to_the_list(
        self, client: httpx.AsyncClient, shop: Shop
    ) -> None:
        reference = uuid4()
        for deed, listed in (("reserve", 0), ("release", 1), ("reserve", 0), ("commit", 0)):
            if deed == "reserve":
                assert await shop.reserve(5, reference=reference) == []
            else:
                assert await shop.order(deed, reference) is True
            items = (await client.get("/api/v1/products?in_stock=true")).json()["items"]
            assert len(items) == listed, deed
        assert [await shop.order(deed, reference) for deed in ("commit", "release")] == [False, False]

    async def test_get_nothing_that_is_not_for_sale(self, client: httpx.AsyncClient, shop: Shop) -> None:
        product = f"/products/{shop.product}"
        for path, off, on in (
            (shop.path, {"active": False}, {"active": True}),
            (shop.path, {"price": None}, {"price": "5.00"}),
            (product, {"active": False}, {"active": True}),
            (product, {"published_at": "2099-01-01T00:00:00Z"}, {"published_at": "2026-01-01T00:00:00Z"}),
        ):
            await shop.merchant.send("PATCH", path, off)
            (short,) = await shop.reserve(1)
            assert (short.sold, short.available) == (False, 0), off
            await shop.merchant.send("PATCH", path, on)
            assert await shop.reserve(1) == []
        await shop.merchant.send("DELETE", product, status=204)
        for offer in (shop.offer, uuid4()):
            (short,) = await shop.reserve(1, offer=offer)
            assert short.sold is False

    async def test_get_nothing_of_a_product_that_a_connected_shop_sells(
        self, client: httpx.AsyncClient, shop: Shop
    ) -> None:
        """It is shown, with its price; also where another store offered it before."""
        product = f"/products/{shop.product}"
        opened = await shop.merchant.send("PATCH", product, {"marketplace": True})
        seller, late = [
            Merchant(client, account, await store_of(client, account, name="Seller"))
            for account in (await register(client), await register(client))
        ]
        body = {"variant_id": opened["variants"][0]["id"], "price": "4.00", "quantity": 5}
        offer = await seller.send("POST", "/offers", body, status=201)
        pool = shop.infra.database.pool(DbRole.SYSTEM)
        mirror = "update catalog_product set source = 'shopify', external_id = 'x' where id = $1"
        await pool.execute(mirror, UUID(shop.product))
        for one in (shop.offer, UUID(offer["id"])):
            (short,) = await shop.reserve(1, offer=one)
            assert (short.sold, short.blocked_by) == (False, OfferBlock.NOT_SOLD_HERE)
        (seen,) = (await seller.send("GET", "/offers"))["items"]
        assert seen["blocked_by"] == "not_sold_here"
        assert (await client.get(f"/api/v1{product}")).json()["variants"][0]["offers"][1]["price"]
        await late.send("POST", "/offers", body, status=404)

    async def test_of_another_stores_offer_are_served_while_the_owner_lets_them(
        self, client: httpx.AsyncClient, shop: Shop
    ) -> None:
        product = f"/products/{shop.product}"
        opened = await shop.merchant.send("PATCH", product, {"marketplace": True})
        account = await register(client)
        seller = Merchant(client, account, await store_of(client, account, name="Seller"))
        body = {"variant_id": opened["variants"][0]["id"], "price": "4.00", "quantity": 5}
        offer = await seller.send("POST", "/offers", body, status=201)
        held = uuid4()
        assert await shop.reserve(2, reference=held, offer=UUID(offer["id"])) == []
        refused = await seller.send("DELETE", f"/offers/{offer['id']}", status=409)
        assert refused["code"] == "stock_reserved"
        await shop.merchant.send("PATCH", product, {"marketplace": False})
        (short,) = await shop.reserve(1, offer=UUID(offer["id"]))
        assert short.sold is False
        await shop.merchant.send("PATCH", product, {"marketplace": True})
        await shop.merchant.send("DELETE", product, status=204)
        (short,) = await shop.reserve(1, offer=UUID(offer["id"]))
        assert (short.sold, short.blocked_by) == (False, OfferBlock.PRODUCT_DELETED)
        assert await shop.order("commit", held) is True
        await seller.send("DELETE", f"/offers/{offer['id']}", status=204)


class TestMovements:
    async def test_tell_what_changed_why_and_by_whom(self, shop: Shop) -> None:
        reference = uuid4()
        await shop.merchant.send("POST", f"{shop.path}/stock", {"adjust": -1, "reason": " broken\n"})
        await shop.merchant.send("POST", f"{shop.path}/stock", {"set": 9, "reason": "counted"})
        await shop.reserve(2, reference=reference)
        await shop.order("commit", reference)
        lines = [StockLine(offer_id=shop.offer, quantity=1)] * 2
        back = {"lines": lines, "reason": "sent back"}
        assert [await shop.order("restock", reference, **back) for _ in range(2)] == [True, False]
        seen = [
            (one["kind"], one["reason"], one["before"], one["quantity"], one["after"])
            for one in await shop.movements()
        ]
        assert seen == [
            ("restock", "sent back", 7, 2, 9),
            ("sold", "sold", 9, -2, 7),
            ("set", "counted", 4, 5, 9),
            ("adjust", "broken", 5, -1, 4),
            ("initial", "initial", 0, 5, 5),
        ]
        (sold,) = await shop.movements("?kind=sold")
        assert (sold["reference"], sold["actor"], sold["sku"]) == (str(reference), "system", "CUP")
        (counted,) = await shop.movements("?kind=set")
        assert counted["actor"].startswith("user:")

    @pytest.mark.parametrize("deed", ["adjust", "commit", "restock"])
    async def test_stand_in_the_order_in_which_they_had_the_offer(self, shop: Shop, deed: str) -> None:
        reference, lines = uuid4(), [StockLine(offer_id=shop.offer, quantity=1)]
        await shop.reserve(1, reference=reference)
        async with shop.infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute("select from catalog_offer where id = $1 for update", shop.offer)
            body = {"adjust": 1, "reason": "found"}
            back = {"lines": lines, "reason": "sent back"} if deed == "restock" else {}
            later = asyncio.create_task(
                shop.merchant.send("POST", f"{shop.path}/stock", body)
                if deed == "adjust"
                else shop.order(deed, reference, **back)
            )
            await someone_waits(shop.infra)
            keeper = stock_keeper(shop.infra, work)
            await keeper.restock(reference=uuid4(), lines=lines, reason="first")
            await work.commit()
        await later
        chain = [(one["before"], one["after"]) for one in await shop.movements()]
        assert chain == [(6, 5 if deed == "commit" else 7), (5, 6), (0, 5)]
        times = [one["created_at"] for one in await shop.movements()]
        assert times == sorted(times, reverse=True)

    async def test_come_by_filter_and_by_page(self, shop: Shop) -> None:
        other = await shop.merchant.product(title="Pot", price="1", sku="POT", quantity=1)
        offer = other["variants"][0]["offers"][0]["id"]
        for query, count in (
            ("", 2),
            ("?sku=POT", 1),
            (f"?offer={offer}", 1),
            (f"?product={shop.product}", 1),
            ("?kind=sold", 0),
            ("?from=2099-01-01T00:00:00Z", 0),
            ("?to=2099-01-01T00:00:00Z", 2),
        ):
            assert len(await shop.movements(query)) == count, query
        first = await shop.merchant.send("GET", "/stock-movements?limit=1")
        second = await shop.merchant.send("GET", f"/stock-movements?limit=1&cursor={first['next_cursor']}")
        assert [page["items"][0]["sku"] for page in (first, second)] == ["POT", "CUP"]
        for query in ("?kind=lost", "?from=2026-01-01T00:00:00", "?offer=x", "?limit=0"):
            await shop.merchant.send("GET", f"/stock-movements{query}", status=400)


class TestLowStock:
    async def test_is_told_each_time_it_is_crossed_and_mailed_once_a_day(self, shop: Shop) -> None:
        first, second = uuid4(), uuid4()
        await shop.reserve(2, reference=first)
        assert (await shop.events(), await shop.letters()) == (0, 0)
        await shop.reserve(1, reference=second)
        assert (await shop.events(), await shop.letters()) == (1, 1)
        await shop.reserve(1)
        assert await shop.events() == 1
        await shop.order("release", first)
        await shop.merchant.send("POST", f"{shop.path}/stock", {"adjust": -1, "reason": "broken"})
        assert (await shop.events(), await shop.letters()) == (2, 1)

    async def test_counts_by_the_offers_own_threshold_and_its_change(self, shop: Shop) -> None:
        await shop.merchant.send("PATCH", shop.path, {"low_stock_threshold": 0})
        await shop.merchant.send("POST", f"{shop.path}/stock", {"set": 1, "reason": "counted"})
        assert await shop.events() == 0
        await shop.merchant.send("PATCH", shop.path, {"low_stock_threshold": 1})
        await shop.merchant.send("PATCH", shop.path, {"price": "6.00"})
        assert await shop.events() == 1

    async def test_is_told_of_imports(self, client: httpx.AsyncClient, shop: Shop) -> None:
        file = ("stock.csv", b"name,sku,price,inventory_quantity\nTea cup,CUP,5.00,1\n")
        path = f"/api/v1/stores/{shop.merchant.store}/products/import?format=inventory"
        taken = await client.post(path, files={"file": file}, headers=shop.merchant.account.headers)
        assert taken.status_code == 202, taken.text
        await drain(shop.infra)
        assert (await shop.events(), await shop.letters()) == (1, 1)

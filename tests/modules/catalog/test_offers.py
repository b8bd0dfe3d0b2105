"""The marketplace over HTTP: other stores' offers of a product, and who leads the list."""

import asyncio
from typing import Any

import httpx
import pytest

from shoplytics.api import Api
from tests.builders import register, store_of
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant


async def merchant_of(client: httpx.AsyncClient, *, name: str, currency: str = "GBP") -> Merchant:
    account = await register(client)
    return Merchant(client, account, await store_of(client, account, name=name, currency=currency))


@pytest.fixture
async def owner(client: httpx.AsyncClient) -> Merchant:
    return await merchant_of(client, name="Owner")


@pytest.fixture
async def seller(client: httpx.AsyncClient) -> Merchant:
    return await merchant_of(client, name="Seller")


class Market:
    """A product of the owner's, open to others."""

    def __init__(self, client: httpx.AsyncClient, product: Any) -> None:  # noqa: ANN401 - JSON
        self._client = client
        self.product = product["id"]
        self.path = f"/products/{product['id']}"
        self.variant = product["variants"][0]["id"]
        self.own_offer = product["variants"][0]["offers"][0]["id"]

    async def offer(self, seller: Merchant, *, status: int = 201, **fields: object) -> Any:  # noqa: ANN401
        body = {"variant_id": self.variant, "price": "4.00", "quantity": 5} | fields
        return await seller.send("POST", "/offers", body, status=status)

    async def shown(self) -> list[str]:
        """Names of the stores that the public page offers it from, the best first."""
        answer = await self._client.get(f"/api/v1{self.path}")
        if answer.status_code == 404:
            return []
        return [offer["store_name"] for offer in answer.json()["variants"][0]["offers"]]

    async def best(self) -> tuple[str | None, bool]:
        """Price and stock as the list shows them."""
        (item,) = (await self._client.get("/api/v1/products")).json()["items"]
        return item["price"] and item["price"]["amount"], item["in_stock"]


@pytest.fixture
async def market(client: httpx.AsyncClient, owner: Merchant) -> Market:
    return Market(client, await owner.product(price="5.00", quantity=2, marketplace=True))


class TestMarketplaceOffer:
    async def test_leads_while_it_is_the_cheapest_that_can_be_had(
        self, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        offer = await market.offer(seller, sku="MINE")
        assert (offer["owner_id"], offer["product_title"]) == (str(owner.store), "Tea cup")
        assert (await market.best(), await market.shown()) == (("4.00", True), ["Seller", "Owner"])
        path = f"/offers/{offer['id']}"
        await seller.send("POST", f"{path}/stock", {"set": 0, "reason": "lost"})
        assert (await market.best(), await market.shown()) == (("5.00", True), ["Owner", "Seller"])
        await seller.send("POST", f"{path}/stock", {"set": 3, "reason": "found"})
        await seller.send("PATCH", path, {"price": "5.00"})
        assert (await market.best(), await market.shown()) == (("5.00", True), ["Owner", "Seller"])
        await owner.send("PATCH", f"/offers/{market.own_offer}", {"active": False})
        assert await market.shown() == ["Seller"]

    async def test_is_of_an_open_published_variant_and_once_a_store(
        self, client: httpx.AsyncClient, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        closed = await owner.product(price="1.00")
        hidden = await owner.product(price="1.00", marketplace=True, active=False)
        for product in (closed, hidden):
            await market.offer(seller, status=404, variant_id=product["variants"][0]["id"])
        await market.offer(seller)
        assert (await market.offer(seller, status=409))["code"] == "offer_exists"
        assert (await market.offer(owner, status=409))["code"] == "offer_exists"
        abroad = await merchant_of(client, name="Abroad", currency="USD")
        assert (await market.offer(abroad, status=409))["code"] == "currency_mismatch"

    async def test_says_that_it_is_without_a_price(self, market: Market, owner: Merchant) -> None:
        path = f"/offers/{market.own_offer}"
        assert (await owner.send("GET", path))["blocked_by"] is None
        assert (await owner.send("PATCH", path, {"price": None}))["blocked_by"] == "no_price"
        assert await market.shown() == []

    async def test_stays_with_a_reason_while_the_product_is_away(
        self, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        offer = await market.offer(seller)

        async def blocked() -> str | None:
            seen = await seller.send("GET", "/offers")
            assert [one["product_title"] for one in seen["items"]] == ["Tea cup"]
            reason: str | None = seen["items"][0]["blocked_by"]
            return reason

        assert await blocked() is None
        await owner.send("PATCH", market.path, {"marketplace": False})
        assert (await blocked(), await market.shown()) == ("marketplace_closed", ["Owner"])
        assert await market.best() == ("5.00", True)
        await owner.send("PATCH", market.path, {"marketplace": True, "active": False})
        assert (await blocked(), await market.shown()) == ("product_unpublished", [])
        await owner.send("DELETE", market.path, status=204)
        assert await blocked() == "product_deleted"
        await owner.send("POST", f"{market.path}/restore")
        await owner.send("PATCH", market.path, {"active": True})
        assert (await blocked(), await market.shown()) == (None, ["Seller", "Owner"])
        assert (await seller.send("GET", f"/offers/{offer['id']}"))["price"]["amount"] == "4.00"

    async def test_counts_only_while_its_store_is_open(
        self, app: Api, market: Market, seller: Merchant
    ) -> None:
        await market.offer(seller)
        for active, best, shown in (
            (False, "5.00", ["Owner"]),
            (True, "4.00", ["Seller", "Owner"]),
        ):
            await seller.send("PATCH", "", {"active": active})
            await drain(app.parts.infra)
            assert (await market.best(), await market.shown()) == ((best, True), shown)

    async def test_can_be_deleted_and_restored_but_not_the_owners(
        self, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        path = f"/offers/{(await market.offer(seller, sku='MINE'))['id']}"
        await seller.send("DELETE", path, status=204)
        assert (await market.best(), (await seller.send("GET", "/offers"))["items"]) == (("5.00", True), [])
        await seller.send("GET", path, status=404)
        assert (await seller.send("POST", f"{path}/restore"))["sku"] == "MINE"
        assert await market.best() == ("4.00", True)
        await seller.send("POST", f"{path}/restore", status=404)
        own = f"/offers/{market.own_offer}"
        assert (await owner.send("DELETE", own, status=409))["code"] == "own_offer"
        await seller.send("DELETE", path, status=204)
        await market.offer(seller)
        assert (await seller.send("POST", f"{path}/restore", status=409))["code"] == "offer_exists"

    async def test_gives_its_store_no_say_over_the_product(
        self, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        offer = await market.offer(seller)
        before = await owner.send("GET", market.path)
        for method, body in (("GET", None), ("PATCH", {"title": "Mine"}), ("DELETE", None)):
            await seller.send(method, market.path, body, status=404)
        await owner.send("PATCH", f"/offers/{offer['id']}", {"price": "9"}, status=404)
        await seller.send("PATCH", f"/offers/{offer['id']}", {"price": "3.00"})
        assert await owner.send("GET", market.path) == before

    async def test_leads_rightly_after_prices_changed_at_once(
        self, client: httpx.AsyncClient, market: Market, owner: Merchant, seller: Merchant
    ) -> None:
        third = await merchant_of(client, name="Third")
        doors = [(owner, market.own_offer)]
        doors += [(merchant, (await market.offer(merchant))["id"]) for merchant in (seller, third)]

        async def reprice(merchant: Merchant, offer: str, price: int) -> None:
            await merchant.send("PATCH", f"/offers/{offer}", {"price": f"{price}.00"})

        for turn in range(4):
            prices = [(turn * 3 + place * 5) % 11 + 1 for place in range(3)]
            await asyncio.gather(
                *(reprice(*door, price) for door, price in zip(doors, prices, strict=True)),
                *(reprice(*door, price) for door, price in zip(doors, prices, strict=True)),
            )
            assert await market.best() == (f"{min(prices)}.00", True)

"""From the visit to the cart to the order: the number of the session, store by store."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.tracking.service import SessionFinder
from shoplytics.ports.edge import Client
from tests.builders import register
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import Orderer, change

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
LINES = "select store_id, session_id from sales_cart_line order by created_at, id"
ORDERS = "select store_id, session_id from sales_order"
FACTS = "select store_id, session_id from analytics_order"


class Visitor(Orderer):
    """A shopper with a browser that looks at pages first."""

    def __init__(self, client: httpx.AsyncClient, owner_url: str) -> None:
        super().__init__(client)
        client.headers["user-agent"] = BROWSER
        self._owner_url = owner_url

    async def look(self, shop: Merchant) -> int:
        """The session of the store's newest visit."""
        body = {"store_id": str(shop.store), "path": "/"}
        assert (await self.client.post("/api/v1/track", json=body)).status_code == 202
        newest = "select session_id from tracking_visit where store_id = $1 order by started_at desc, id desc"
        return int((await self.rows(newest, shop.store))[0][0])

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        owner = await asyncpg.connect(self._owner_url)
        found = await owner.fetch(sql, *args)
        await owner.close()
        return list(found)

    async def sessions(self, sql: str) -> dict[UUID, int | None]:
        return {row[0]: row[1] for row in await self.rows(sql)}


@pytest.fixture
def visitor(client: httpx.AsyncClient, owner_url: str) -> Visitor:
    return Visitor(client, owner_url)


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


class TestVisit:
    async def test_is_known_of_the_cart_the_order_and_in_the_reports_store_by_store(
        self, app: Api, client: httpx.AsyncClient, visitor: Visitor, shop: Merchant
    ) -> None:
        other, unseen = await open_shop(client), await open_shop(client)
        cup, pot, mat = [
            await one.product(title=title, price="5.00", quantity=9)
            for one, title in ((shop, "Cup"), (other, "Pot"), (unseen, "Mat"))
        ]
        own, theirs = await visitor.look(shop), await visitor.look(other)
        assert own != theirs
        for product in (cup, pot, mat):
            await visitor.add(product)
        expected = {shop.store: own, other.store: theirs, unseen.store: None}
        assert await visitor.sessions(LINES) == expected
        await visitor.order()
        await drain(app.parts.infra)
        assert await visitor.sessions(ORDERS) == expected
        assert await visitor.sessions(FACTS) == expected
        today = utc_now().date().isoformat()
        report = await shop.send("GET", f"/analytics/overview?from={today}&to={today}")
        assert (report["orders"], report["conversion_rate"]) == (1, 1.0)

    async def test_stays_the_first_one_of_the_cart(
        self, visitor: Visitor, shop: Merchant, owner_url: str
    ) -> None:
        cup = await shop.product(title="Cup", price="5.00", quantity=9)
        pot = await shop.product(title="Pot", price="5.00", quantity=9)
        first = await visitor.look(shop)
        cart = await visitor.add(cup)
        await change(owner_url, "update tracking_visitor set last_at = last_at - interval '31 minutes'")
        assert await visitor.look(shop) != first
        await visitor.add(cup)
        await visitor.send("PATCH", f"/items/{cart['lines'][0]['id']}", {"quantity": 3})
        await visitor.add(pot)
        rows = await visitor.rows(LINES)
        assert [row["session_id"] for row in rows] == [first, first]

    async def test_comes_along_when_a_guest_signs_in(self, visitor: Visitor, shop: Merchant) -> None:
        cup = await shop.product(price="5.00", quantity=9)
        session = await visitor.look(shop)
        await visitor.add(cup)
        visitor.account = await register(visitor.client)
        await visitor.cart()
        assert await visitor.sessions(LINES) == {shop.store: session}

    async def test_that_is_over_is_no_longer_the_carts(
        self, visitor: Visitor, shop: Merchant, owner_url: str
    ) -> None:
        cup = await shop.product(price="5.00", quantity=9)
        await visitor.look(shop)
        await change(owner_url, "update tracking_visitor set last_at = last_at - interval '31 minutes'")
        await visitor.add(cup)
        assert await visitor.sessions(LINES) == {shop.store: None}

    @pytest.mark.parametrize("headers", [{"Sec-GPC": "1"}, {"DNT": "1"}, {"User-Agent": "another"}])
    async def test_is_not_looked_for_where_the_browser_says_no_or_is_another(
        self, visitor: Visitor, shop: Merchant, headers: dict[str, str]
    ) -> None:
        cup = await shop.product(price="5.00", quantity=9)
        await visitor.look(shop)
        visitor.client.headers.update(headers)
        await visitor.add(cup)
        assert await visitor.sessions(LINES) == {shop.store: None}

    async def test_is_shown_to_no_shopper(self, visitor: Visitor, shop: Merchant) -> None:
        cup = await shop.product(price="5.00", quantity=9)
        session = await visitor.look(shop)
        told = [await visitor.add(cup), await visitor.cart(), await visitor.order()]
        assert str(session) not in json.dumps(told)
        assert "session" not in json.dumps(told)


class TestSessionFinder:
    async def test_asks_by_the_salts_of_both_days(self) -> None:
        """A visit before the store's midnight is of the day before."""

        class Kept:
            def __init__(self) -> None:
                self.asked: list[int] = []

            async def salts(self, store_id: UUID) -> Sequence[bytes]:
                return [b"a" * 32, b"b" * 32]

            async def latest(self, *, store_id: UUID, visitors: Sequence[int], since: datetime) -> int | None:
                self.asked = list(visitors)
                return 7

        kept = Kept()
        client = Client(address="192.0.2.1", user_agent=BROWSER)
        found = await SessionFinder(sessions=kept).open_session(
            store_id=uuid4(), client=client, now=utc_now()
        )
        assert (found, len(set(kept.asked))) == (7, 2)

"""What time does to orders that nobody pays."""

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap.checkout import order_expiry
from shoplytics.kernel.access import DbRole
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import Orderer, change, offer_of, stock_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


class TestTime:
    async def test_frees_the_stock_and_then_ends_the_order(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        cup = await shop.product(price="5.00", quantity=5)
        buyer = Orderer(client)
        await buyer.add(cup, 5)
        order = (await buyer.order())["orders"][0]
        await expire(app)
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 5)
        await change(owner_url, "update sales_order set held_until = now() - interval '1 second'")
        for _ in range(2):
            await expire(app)
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 0)
        seen = await buyer.about("GET", f"/{order['id']}")
        assert (seen["status"], seen["held_until"]) == ("created", None)
        await change(owner_url, "update sales_order set expires_at = now() - interval '1 second'")
        for _ in range(2):
            await expire(app)
        seen = await buyer.about("GET", f"/{order['id']}")
        assert (seen["status"], seen["expires_at"]) == ("cancelled", None)
        assert [(e["kind"], e["by"]) for e in seen["history"]] == [
            ("placed", "shopper"),
            ("cancel", "system"),
        ]

    async def test_ends_nothing_that_others_work_on(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        cup = await shop.product(price="5.00", quantity=5)
        buyer = Orderer(client)
        await buyer.add(cup)
        await buyer.order()
        await change(owner_url, "update sales_order set expires_at = now(), held_until = now()")
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute("select from sales_order for update")
            await expire(app)
        assert await stock_of(app.parts.infra, offer_of(cup)) == (5, 1)


async def expire(app: Api) -> None:
    """As the scheduler has it done each minute."""
    infra = app.parts.infra
    async with infra.database.work(DbRole.SYSTEM) as work:
        await order_expiry(infra, work).free_stock()
        await work.commit()
    async with infra.database.work(DbRole.SYSTEM) as work:
        await order_expiry(infra, work).cancel_unpaid()
        await work.commit()

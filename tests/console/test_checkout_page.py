"""The sandbox's pay page, as a browser sees and sends it."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from tests.builders import register, store_of
from tests.console.visitor import Visitor
from tests.drain import drain
from tests.modules.payments.placed import Placed, placed


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[Raw]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def bought(client: httpx.AsyncClient, owner: Raw) -> Placed:
    return await placed(owner, await store_of(client, await register(client)))


@pytest.fixture
async def page(client: httpx.AsyncClient, bought: Placed) -> str:
    """Where the shopper is sent."""
    body = {"checkout_id": str(bought.checkout_id)}
    answer = await client.post("/api/v1/payments", json=body, headers=bought.guest)
    return httpx.URL(answer.json()["authorization_url"]).path


class TestPayPage:
    @pytest.mark.parametrize(
        "ends",
        [
            ("pay", "Thank you", "processing"),
            ("fail", "The payment failed", "created"),
            ("abandon", "You left without paying", "created"),
        ],
    )
    async def test_leads_back_to_what_happened(
        self, app: Api, owner: Raw, page: str, ends: tuple[str, str, str]
    ) -> None:
        decision, told, status = ends
        visitor = Visitor(app)
        shown = await visitor.get(page)
        assert shown.status_code == 200
        assert "19.99 GBP" in shown.text
        chosen = await visitor.send(page, page, decision=decision)
        assert chosen.status_code == 303
        back = await visitor.get(chosen.headers["location"])
        assert back.status_code == 303
        assert told in (await visitor.get(back.headers["location"])).text
        assert await owner.fetchval("select status from sales_order") == status

    @pytest.mark.parametrize("decision", ["fail", "abandon"])
    async def test_can_be_paid_again_from_the_page_that_tells(
        self, app: Api, owner: Raw, page: str, decision: str
    ) -> None:
        visitor = Visitor(app)
        back = await visitor.get((await visitor.send(page, page, decision=decision)).headers["location"])
        result = back.headers["location"]
        assert "Pay again" in (await visitor.get(result)).text
        assert ("You left without paying" in (await visitor.get(page)).text) == (decision == "abandon")
        for origin in ("https://evil.example", None):
            assert (await visitor.send(result, result, origin=origin)).status_code == 403
        for _ in range(2):  # twice is as once
            begun = await visitor.send(result, result)
            assert begun.status_code == 200, begun.text
        second = httpx.URL(begun.headers["refresh"].removeprefix("0; url=")).path
        assert f'{second}"' in begun.text
        assert await owner.fetchval("select count(*) from payments_payment") == 2
        paid = await visitor.get((await visitor.send(second, second, decision="pay")).headers["location"])
        thanks = (await visitor.get(paid.headers["location"])).text
        assert "Thank you" in thanks
        assert 'href="/">Back to the shop' in thanks
        assert "Pay again" not in thanks
        assert await owner.fetchval("select status from sales_order") == "processing"
        assert (await visitor.send(page, result)).status_code == 409

    async def test_tells_us_as_vendors_do_when_nobody_comes_back(
        self, app: Api, owner: Raw, page: str
    ) -> None:
        await Visitor(app).send(page, page, decision="pay")
        assert await owner.fetchval("select topic from platform_inbox") == "charge.paid"
        await drain(app.parts.infra)
        assert await owner.fetchval("select status from sales_order") == "processing"

    async def test_takes_no_form_of_another_site(self, app: Api, owner: Raw, page: str) -> None:
        visitor = Visitor(app)
        for origin in ("https://evil.example", None):
            assert (await visitor.send(page, page, origin=origin, decision="pay")).status_code == 403
        answer = await Visitor(app).client.post(page, data={"decision": "pay"})
        assert answer.status_code == 403
        assert 'href="/">Back to the shop' in answer.text
        assert "To the console" not in answer.text
        assert await owner.fetchval("select count(*) from platform_inbox") == 0

    async def test_takes_only_what_it_offers(self, app: Api, page: str) -> None:
        assert (await Visitor(app).send(page, page, decision="refund")).status_code == 400

    async def test_loads_nothing_and_may_run_nothing(self, app: Api, page: str) -> None:
        shown = await Visitor(app).get(page)
        policy = shown.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "<script" not in shown.text
        assert "http" not in shown.text.replace("http://www.w3.org/2000/svg", "")

    async def test_once_paid_offers_the_way_back_alone(self, app: Api, page: str) -> None:
        visitor = Visitor(app)
        await visitor.send(page, page, decision="pay")
        shown = (await visitor.get(page)).text
        assert "has been made" in shown
        assert "<button" not in shown
        assert (await visitor.send("/console/sign-in", page, decision="fail")).status_code == 409

    @pytest.mark.parametrize("reference", ["nobodys", "..", "%2e%2e%2fsecret", "a" * 300, "%00", "x.json"])
    async def test_is_there_for_begun_payments_alone(self, app: Api, reference: str) -> None:
        for where in ("sandbox", "result"):
            answer = await Visitor(app).get(f"/checkout/{where}/{reference}")
            assert answer.status_code in {400, 404}, answer.text

"""Orders that were paid in cash, and payments that were left open."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from shoplytics.bootstrap import WITH_WORK
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.payments.service import PaymentsService
from shoplytics.modules.payments.tasks import verify_stale
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.fakes.payments import FakeProvider
from tests.modules.payments.placed import placed


def marking(store: UUID, order: UUID) -> str:
    return f"/api/v1/stores/{store}/orders/{order}/mark-paid"


class TestMarkPaid:
    async def test_pays_the_stores_own_order_alone(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        theirs = await store_of(client, await register(client))
        bought = await placed(owner, store, theirs)
        amount = {"amount": "19.99", "currency": "GBP"}
        answer = await client.post(
            marking(store, bought.orders[0]), json={"amount": amount, "note": "Cash"}, headers=seller.headers
        )
        assert answer.status_code == 201, answer.text
        assert (answer.json()["provider"], answer.json()["status"]) == ("manual", "settled")
        rows = await owner.fetch("select status from sales_order order by store_id = $1 desc", store)
        assert [row[0] for row in rows] == ["processing", "created"]
        log = await client.get(f"/api/v1/stores/{store}/audit-log", headers=seller.headers)
        assert "payment.recorded" in {item["action"] for item in log.json()["items"]}
        listed = await client.get(f"/api/v1/stores/{store}/payments", headers=seller.headers)
        assert listed.json()["items"] == [answer.json()]
        rest = await client.post(
            "/api/v1/payments", json={"checkout_id": str(bought.checkout_id)}, headers=bought.guest
        )
        assert rest.json()["amount"] == amount

    async def test_is_done_once(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        bought = await placed(owner, store)
        path = marking(store, bought.orders[0])
        answers = await asyncio.gather(
            *(client.post(path, json={}, headers=seller.headers) for _ in range(8))
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [201, *[409] * 7]
        assert await owner.fetchval("select count(*) from payments_payment") == 1

    async def test_replays_by_idempotency_key(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        bought = await placed(owner, store)
        path, headers = marking(store, bought.orders[0]), {**seller.headers, "Idempotency-Key": "1"}
        first = await client.post(path, json={}, headers=headers)
        again = await client.post(path, json={}, headers=headers)
        assert (first.status_code, again.content) == (201, first.content)

    async def test_takes_nothing_but_what_is_due(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        bought = await placed(owner, store)
        body = {"amount": {"amount": "19.98", "currency": "GBP"}}
        answer = await client.post(marking(store, bought.orders[0]), json=body, headers=seller.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "amount_differs")
        assert answer.json()["due"]["amount"] == "19.99"
        assert await owner.fetchval("select count(*) from payments_payment") == 0

    async def test_is_for_staff_of_that_store(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        other = await register(client)
        theirs = await store_of(client, other)
        bought = await placed(owner, store)
        for path in (marking(store, bought.orders[0]), marking(theirs, bought.orders[0])):
            assert (await client.post(path, json={}, headers=other.headers)).status_code == 404


class TestStalePayments:
    async def age(self, owner: Raw, **ago: float) -> None:
        then = utc_now() - timedelta(**ago)
        await owner.execute("update payments_payment set created_at = $1, checked_at = $1", then)

    async def sweep(self, app: Api) -> None:
        """As the scheduler has a worker do every ten minutes."""
        infra = app.parts.infra
        async with infra.database.work(DbRole.SYSTEM) as work:
            payments = WITH_WORK["payments"](infra, work)
            assert isinstance(payments, PaymentsService)
            await verify_stale(utc_now(), payments)
            await work.commit()
        await drain(infra)

    @pytest.fixture
    def fake(self, app: Api) -> FakeProvider:
        provider = FakeProvider()
        app.parts.infra.payment_providers = {"fake": provider}
        return provider

    async def test_are_asked_about_until_a_day_is_over(
        self, app: Api, client: httpx.AsyncClient, owner: Raw, store: UUID, fake: FakeProvider
    ) -> None:
        bought = await placed(owner, store)
        body = {"checkout_id": str(bought.checkout_id)}
        await client.post("/api/v1/payments", json=body, headers=bought.guest)
        await self.sweep(app)
        assert fake.asked == 0  # just begun
        await self.age(owner, hours=23)
        await self.sweep(app)
        await self.sweep(app)
        assert fake.asked == 1
        assert await owner.fetchval("select status from payments_payment") == "pending"
        await self.age(owner, hours=25)
        await self.sweep(app)
        assert await owner.fetchval("select status from payments_payment") == "abandoned"
        assert await owner.fetchval("select status from sales_order") == "created"

    async def test_that_were_paid_are_settled(
        self, app: Api, client: httpx.AsyncClient, owner: Raw, store: UUID, fake: FakeProvider
    ) -> None:
        bought = await placed(owner, store)
        body = {"checkout_id": str(bought.checkout_id)}
        found = (await client.post("/api/v1/payments", json=body, headers=bought.guest)).json()
        fake.paid(found["reference"], 1999)
        await self.age(owner, hours=25)
        await self.sweep(app)
        assert await owner.fetchval("select status from payments_payment") == "settled"
        assert await owner.fetchval("select status from sales_order") == "processing"

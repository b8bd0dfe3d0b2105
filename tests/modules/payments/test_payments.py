"""Paying a checkout over HTTP, by the sandbox and by a provider that does as it is told."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.api import Api
from shoplytics.ports.payment_provider import Outcome, PaymentRefused, Settlement
from shoplytics.settings import Settings
from tests.apps import client_of, serving
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.fakes.payments import FakeProvider
from tests.modules.payments.placed import PAY, Placed, pay, placed


@pytest.fixture
async def bought(owner: Raw, store: UUID) -> Placed:
    return await placed(owner, store)


@pytest.fixture
def fake(app: Api) -> FakeProvider:
    provider = FakeProvider()
    app.parts.infra.payment_providers = {"fake": provider, **app.parts.infra.payment_providers}
    return provider


@pytest.fixture
async def clients(
    settings: Settings, client: httpx.AsyncClient, fake: FakeProvider
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Of two processes."""
    async with serving(settings, process=1) as second, client_of(second) as other:
        second.parts.infra.payment_providers = {"fake": fake, **second.parts.infra.payment_providers}
        yield [client, other]


def sandbox_of(app: Api) -> SandboxProvider:
    found = app.parts.infra.payment_providers["sandbox"]
    assert isinstance(found, SandboxProvider)
    return found


async def statuses(owner: Raw, what: Placed) -> list[str]:
    rows = await owner.fetch(
        "select status from sales_order where checkout_id = $1 order by id", what.checkout_id
    )
    return [row[0] for row in rows]


async def paid_events(owner: Raw, what: Placed) -> int:
    found = await owner.fetchval(
        "select count(*) from sales_order_history where kind = 'pay' and order_id = any($1::uuid[])",
        list(what.orders),
    )
    return int(found)


class TestStart:
    async def test_sends_the_shopper_to_the_provider(
        self, client: httpx.AsyncClient, bought: Placed, owner: Raw
    ) -> None:
        found = await pay(client, bought)
        assert found["status"] == "pending"
        assert found["amount"] == {"amount": "19.99", "currency": "GBP"}
        assert found["authorization_url"] == f"http://127.0.0.1:8000/checkout/sandbox/{found['reference']}"
        assert await statuses(owner, bought) == ["pending"]

    async def test_goes_on_with_the_open_attempt(self, client: httpx.AsyncClient, bought: Placed) -> None:
        first = await pay(client, bought)
        assert await pay(client, bought) == first

    async def test_takes_an_order_for_its_checkout(
        self, client: httpx.AsyncClient, seller: Account, owner: Raw
    ) -> None:
        stores = [await store_of(client, seller), await store_of(client, seller)]
        bought = await placed(owner, *stores, total=1000)
        answer = await client.post(PAY, json={"order_id": str(bought.orders[1])}, headers=bought.guest)
        assert answer.json()["amount"]["amount"] == "20.00"
        assert answer.json()["checkout_id"] == str(bought.checkout_id)

    @pytest.mark.parametrize("body", [{}, {"checkout_id": str(uuid4()), "order_id": str(uuid4())}])
    async def test_wants_one_thing_to_pay(self, client: httpx.AsyncClient, body: dict[str, str]) -> None:
        answer = await client.post(PAY, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/checkout_id")

    async def test_knows_the_shopper_by_their_account(
        self, client: httpx.AsyncClient, owner: Raw, store: UUID
    ) -> None:
        ada, eve = await register(client), await register(client)
        bought = await placed(owner, store, user_id=ada.user_id)
        body = {"checkout_id": str(bought.checkout_id)}
        assert (await client.post(PAY, json=body, headers=eve.headers)).status_code == 404
        assert (await client.post(PAY, json=body)).status_code == 404
        found = (await client.post(PAY, json=body, headers=ada.headers)).json()
        path = f"{PAY}/{found['id']}"
        assert (await client.get(path, headers=ada.headers)).json() == found
        assert (await client.get(PAY, headers=ada.headers)).json()["items"] == [found]
        assert (await client.get(path, headers=bought.guest)).json() == found
        for stranger in (eve.headers, {}, {"X-Order-Token": ""}, {"X-Order-Token": "x" * 43}):
            assert (await client.get(path, headers=stranger)).status_code == 404
            assert (await client.post(f"{path}/verify", headers=stranger)).status_code == 404
        assert (await client.get(PAY, headers=eve.headers)).json()["items"] == []
        assert (await client.get(PAY)).status_code == 401

    async def test_replays_by_idempotency_key(self, client: httpx.AsyncClient, bought: Placed) -> None:
        body = {"checkout_id": str(bought.checkout_id)}
        keyed = {**bought.guest, "Idempotency-Key": "one"}
        first = await client.post(PAY, json=body, headers=keyed)
        again = await client.post(PAY, json=body, headers=keyed)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.content == first.content
        other = await client.post(PAY, json={**body, "provider": "sandbox"}, headers=keyed)
        assert other.status_code == 422

    async def test_knows_no_provider_that_is_not_enabled(
        self, client: httpx.AsyncClient, bought: Placed
    ) -> None:
        assert (await pay(client, bought, status=409, provider="cowrie"))["code"] == "no_such_provider"

    async def test_refuses_what_is_paid(self, app: Api, client: httpx.AsyncClient, bought: Placed) -> None:
        found = await pay(client, bought)
        await sandbox_of(app).decide(str(found["reference"]), Decision.PAY)
        await client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest)
        assert (await pay(client, bought, status=409))["code"] == "nothing_to_pay"

    @pytest.mark.parametrize("keyed", [False, True])
    async def test_makes_one_attempt_of_many_at_once(
        self, clients: list[httpx.AsyncClient], fake: FakeProvider, bought: Placed, owner: Raw, keyed: bool
    ) -> None:
        fake.slow = 0.05
        body = {"checkout_id": str(bought.checkout_id)}

        async def one(number: int) -> httpx.Response:
            key = {"Idempotency-Key": str(number)} if keyed else {}
            headers = {**bought.guest, **key}
            answer = await clients[number % 2].post(PAY, json=body, headers=headers)
            while answer.status_code == 503:  # of a machine that is busy: the same again goes on
                answer = await clients[number % 2].post(PAY, json=body, headers=headers)
            return answer

        answers = await asyncio.gather(*(one(number) for number in range(32)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert len(fake.begun) == 1
        assert await owner.fetchval("select count(*) from payments_payment") == 1


async def unheard(client: httpx.AsyncClient, fake: FakeProvider, what: Placed, owner: Raw) -> str:
    """The reference of an attempt that the provider began, and could not tell us so."""
    fake.away = 1
    await pay(client, what, status=503)
    first = str(await owner.fetchval("select id from payments_payment"))
    fake.begun.append(first)
    return first


class TestProviderThatIsAway:
    async def test_leaves_the_attempt_open_for_the_same_again(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        fake.away = 1
        await pay(client, bought, status=503)
        (kept,) = await owner.fetch("select id, status, authorization_url from payments_payment")
        assert (kept["status"], kept["authorization_url"]) == ("pending", None)
        assert (await pay(client, bought))["id"] == str(kept["id"])
        assert fake.begun == [str(kept["id"])]

    async def test_that_began_but_could_not_say_so_is_asked_before_another_is_begun(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        first = await unheard(client, fake, bought, owner)
        second = await pay(client, bought)
        assert second["id"] != first
        assert fake.begun == [first, second["id"]]
        assert (
            await owner.fetchval("select status from payments_payment where id = $1", UUID(first))
            == "abandoned"
        )

    async def test_that_took_the_money_meanwhile_is_believed(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        first = await unheard(client, fake, bought, owner)
        fake.paid(first, 1999)
        assert (await pay(client, bought))["status"] == "settled"
        assert await statuses(owner, bought) == ["processing"]

    async def test_that_refuses_leaves_the_order_payable(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        fake.refuse = PaymentRefused("Not in this currency.")
        refused = await pay(client, bought, status=409)
        assert (refused["code"], refused["detail"]) == ("payment_refused", "Not in this currency.")
        assert await statuses(owner, bought) == ["created"]
        assert (await pay(client, bought, provider="sandbox"))["status"] == "pending"


class TestSettle:
    async def test_is_done_once_however_many_find_out(
        self,
        app: Api,
        client: httpx.AsyncClient,
        bought: Placed,
        owner: Raw,
    ) -> None:
        found = await pay(client, bought)
        sandbox, reference = sandbox_of(app), str(found["reference"])
        headers, body = sandbox.note(await sandbox.decide(reference, Decision.PAY))
        back = f"{PAY}/return/sandbox?reference={reference}"
        verify = [client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest) for _ in range(8)]
        returns = [client.get(back) for _ in range(8)]
        hooks = [client.post("/api/v1/webhooks/sandbox", content=body, headers=headers) for _ in range(8)]
        answers = await asyncio.gather(*verify, *returns, *hooks)
        assert {answer.status_code for answer in answers} == {200, 303}
        await drain(app.parts.infra)
        assert await owner.fetchval("select done_at from platform_inbox") is not None
        assert await statuses(owner, bought) == ["processing"]
        assert await paid_events(owner, bought) == 1
        assert await owner.fetchval("select count(*) from platform_inbox") == 1
        moves = await owner.fetch("select status_from, status_to from payments_event order by id")
        assert [tuple(move) for move in moves] == [(None, "pending"), ("pending", "settled")]

    async def test_by_webhook_alone(
        self,
        app: Api,
        client: httpx.AsyncClient,
        bought: Placed,
        owner: Raw,
    ) -> None:
        found = await pay(client, bought)
        sandbox = sandbox_of(app)
        headers, body = sandbox.note(await sandbox.decide(str(found["reference"]), Decision.PAY))
        answer = await client.post("/api/v1/webhooks/sandbox", content=body, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert await statuses(owner, bought) == ["pending"]
        await drain(app.parts.infra)
        assert await statuses(owner, bought) == ["processing"]

    async def test_of_a_failed_one_leaves_it_payable(
        self,
        app: Api,
        client: httpx.AsyncClient,
        bought: Placed,
        owner: Raw,
    ) -> None:
        for decision, status in ((Decision.FAIL, "failed"), (Decision.ABANDON, "abandoned")):
            found = await pay(client, bought)
            await sandbox_of(app).decide(str(found["reference"]), decision)
            path = f"{PAY}/{found['id']}/verify"
            assert (await client.post(path, headers=bought.guest)).json()["status"] == status
            assert await statuses(owner, bought) == ["created"]
        assert (await pay(client, bought))["status"] == "pending"

    async def test_takes_money_that_comes_for_an_attempt_given_up(
        self,
        app: Api,
        client: httpx.AsyncClient,
        bought: Placed,
        owner: Raw,
    ) -> None:
        first = await pay(client, bought)
        await sandbox_of(app).decide(str(first["reference"]), Decision.ABANDON)
        await client.post(f"{PAY}/{first['id']}/verify", headers=bought.guest)
        second = await pay(client, bought)
        for found, status in ((first, "settled"), (second, "late")):
            await sandbox_of(app).decide(str(found["reference"]), Decision.PAY)
            answer = await client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest)
            assert answer.json()["status"] == status
        assert await paid_events(owner, bought) == 1

    @pytest.mark.parametrize("money", [(1998, "GBP"), (2000, "GBP"), (1999, "USD"), (1999, "JPY")])
    async def test_books_no_other_money_than_was_asked_for(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
        money: tuple[int, str],
    ) -> None:
        found = await pay(client, bought)
        fake.paid(str(found["reference"]), *money)
        answer = await client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest)
        assert answer.json()["status"] == "mismatch"
        assert answer.json()["paid"]["currency"] == money[1]
        assert await statuses(owner, bought) == ["created"]
        assert await paid_events(owner, bought) == 0

    async def test_is_not_undone_by_a_late_failure(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        found = await pay(client, bought)
        reference, path = str(found["reference"]), f"{PAY}/{found['id']}/verify"
        fake.says[reference] = Settlement(outcome=Outcome.FAILED)

        async def money_comes() -> None:
            fake.paid(reference, 1999)
            assert (await client.post(path, headers=bought.guest)).json()["status"] == "settled"

        fake.meanwhile = money_comes
        for _ in range(2):
            assert (await client.post(path, headers=bought.guest)).json()["status"] == "settled"
        assert await statuses(owner, bought) == ["processing"]

    async def test_of_an_attempt_by_another_provider_replaces_the_open_one(
        self,
        client: httpx.AsyncClient,
        fake: FakeProvider,
        bought: Placed,
        owner: Raw,
    ) -> None:
        first = await pay(client, bought)
        second = await pay(client, bought, provider="sandbox")
        assert (first["provider"], second["provider"]) == ("fake", "sandbox")
        rows = await owner.fetch("select status from payments_payment order by id")
        assert [row[0] for row in rows] == ["abandoned", "pending"]


class TestReturn:
    async def test_goes_by_the_providers_own_reference(
        self, client: httpx.AsyncClient, fake: FakeProvider, bought: Placed
    ) -> None:
        found = await pay(client, bought)
        fake.paid(str(found["reference"]), 1999)
        answer = await client.get(f"{PAY}/return/fake?Authority=A{found['reference']}&Status=NOK")
        assert answer.status_code == 303
        shown = await client.get(answer.headers["location"])
        assert "Thank you" in shown.text
        assert str(found["reference"]) in shown.text

    async def test_tells_of_a_provider_that_is_away(
        self, client: httpx.AsyncClient, fake: FakeProvider, bought: Placed
    ) -> None:
        found = await pay(client, bought)
        fake.away = 1
        answer = await client.get(f"{PAY}/return/fake?Authority=A{found['reference']}", follow_redirects=True)
        assert (answer.status_code, "Not paid yet" in answer.text) == (200, True)

    @pytest.mark.parametrize(
        "query",
        ["", "reference=", "reference=nobodys", "reference=%00", "reference=" + "x" * 300, "reference=%ff"],
    )
    async def test_of_nobody_leads_nowhere(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.get(f"{PAY}/return/sandbox?{query}")
        assert answer.status_code in {400, 404}
        assert (await client.get(f"{PAY}/return/cowrie?{query}")).status_code in {400, 404}

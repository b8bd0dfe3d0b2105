"""What a store sees of payments: its own shares."""

from uuid import UUID

import httpx

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from tests.builders import Account, register, store_of
from tests.console.visitor import make_admin
from tests.modules.payments.placed import pay, placed


class TestStorePayments:
    async def test_show_a_store_its_own_shares_alone(
        self, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        other = await register(client)
        theirs = await store_of(client, other)
        bought = await placed(owner, store, theirs, total=1000)
        found = await pay(client, bought)
        assert found["amount"] == {"amount": "20.00", "currency": "GBP"}
        answer = await client.get(f"/api/v1/stores/{store}/payments", headers=seller.headers)
        (share,) = answer.json()["items"]
        assert (share["order_id"], share["amount"]["amount"]) == (str(bought.orders[0]), "10.00")
        path = f"/api/v1/stores/{theirs}/payments"
        assert (await client.get(path, headers=seller.headers)).status_code == 404
        (share,) = (await client.get(path, headers=other.headers)).json()["items"]
        assert share["order_id"] == str(bought.orders[1])

    async def test_come_in_pages(
        self, app: Api, client: httpx.AsyncClient, owner: Raw, seller: Account, store: UUID
    ) -> None:
        references = [(await pay(client, await placed(owner, store)))["reference"] for _ in range(5)]
        seen, cursor = [], ""
        while True:
            answer = await client.get(
                f"/api/v1/stores/{store}/payments?limit=2{cursor}", headers=seller.headers
            )
            seen += [item["reference"] for item in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                break
            cursor = f"&cursor={answer.json()['next_cursor']}"
        assert seen == references[::-1]
        wrong = await client.get(f"/api/v1/stores/{store}/payments?status=settled", headers=seller.headers)
        assert wrong.json()["items"] == []


class TestEveryPayment:
    async def test_is_shown_to_administrators_as_they_ask(
        self, client: httpx.AsyncClient, owner: Raw, owner_url: str, seller: Account, store: UUID
    ) -> None:
        admin = await register(client)
        await make_admin(owner_url, admin.email)
        theirs = await store_of(client, await register(client))
        first, second = await placed(owner, store), await placed(owner, theirs)
        payments = [await pay(client, first), await pay(client, second)]
        await owner.execute(
            "update payments_payment set status = 'mismatch' where reference = $1", payments[1]["reference"]
        )

        async def shown(**query: str | int) -> list[str]:
            answer = await client.get("/api/v1/admin/payments", params=query, headers=admin.headers)
            assert answer.status_code == 200, answer.text
            return [item["reference"] for item in answer.json()["items"]]

        references = [payment["reference"] for payment in payments]
        assert await shown() == references[::-1]
        assert await shown(provider="sandbox", limit=1) == references[1:]
        assert await shown(status="mismatch") == references[1:]
        assert await shown(status="late") == []
        assert await shown(checkout=str(first.checkout_id)) == references[:1]
        assert await shown(store=str(theirs)) == references[1:]
        assert await shown(provider="nobody") == []
        refused = await client.get("/api/v1/admin/payments", headers=seller.headers)
        assert refused.status_code == 404

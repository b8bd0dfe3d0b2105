"""What a store sees of payments: its own shares."""

from uuid import UUID

import httpx

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from tests.builders import Account, register, store_of
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

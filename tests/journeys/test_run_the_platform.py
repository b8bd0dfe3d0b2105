"""The platform's administrator looks after the stores."""

import asyncpg
import httpx
import pytest
from tests.builders import Account, register, store_of

from shoplytics.api import Api
from shoplytics.kernel.ids import new_id

ADMIN = "/api/v1/admin/stores"
CUSTOMER = "insert into sales_customer (id, store_id, name, email, currency) values ($1, $2, $3, $4, 'GBP')"


@pytest.fixture
async def admin(client: httpx.AsyncClient, owner_url: str) -> Account:
    account = await register(client)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("update identity_user set platform_admin = true where id = $1", account.user_id)
    await owner.close()
    return account


class TestStores:
    async def test_are_found(self, client: httpx.AsyncClient, admin: Account, owner_url: str) -> None:
        ada = await register(client)
        tea = await store_of(client, ada, name="Tea & 100% more")
        await store_of(client, ada, name="Ink")
        for query, names in (
            ({}, ["Ink", "Tea & 100% more"]),
            ({"q": "100%"}, ["Tea & 100% more"]),
            ({"q": "100_"}, []),
            ({"active": "false"}, []),
            ({"deleted": "true"}, []),
        ):
            found = (await client.get(ADMIN, params=query, headers=admin.headers)).json()["items"]
            assert [store["name"] for store in found] == names, query
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update tenancy_store set logo_key = 'media/logos/a.webp' where id = $1", tea)
        await owner.close()
        one = (await client.get(f"{ADMIN}/{tea}", headers=admin.headers)).json()
        assert (one["owner_id"], one["members"]) == (str(ada.user_id), 1)
        assert one["logo_url"].endswith("/media/logos/a.webp")
        public = (await client.get("/api/v1/stores", params={"q": "tea", "total": "true"})).json()
        assert ([store["name"] for store in public["items"]], public["total"]) == (["Tea & 100% more"], 1)

    async def test_stay_closed_until_the_platform_opens_them(
        self, client: httpx.AsyncClient, admin: Account
    ) -> None:
        ada = await register(client)
        store = await store_of(client, ada)
        mine, theirs = f"/api/v1/stores/{store}", f"{ADMIN}/{store}"
        closed = await client.patch(theirs, json={"active": False}, headers=admin.headers)
        assert (closed.json()["active"], closed.json()["held"]) == (False, True)
        assert (await client.get(mine)).status_code == 404
        refused = await client.patch(mine, json={"active": True}, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "held_by_platform")
        opened = await client.patch(theirs, json={"active": True}, headers=admin.headers)
        assert (opened.json()["active"], opened.json()["held"]) == (True, False)
        assert (await client.get(mine)).status_code == 200

    async def test_deleted_by_the_platform_come_back_by_it_alone(
        self, client: httpx.AsyncClient, admin: Account
    ) -> None:
        ada = await register(client)
        store = await store_of(client, ada)
        mine, theirs = f"/api/v1/stores/{store}", f"{ADMIN}/{store}"
        assert (await client.delete(theirs, headers=admin.headers)).status_code == 204
        assert (await client.post(f"{mine}/restore", headers=ada.headers)).status_code == 404
        deleted = await client.get(ADMIN, params={"deleted": "true"}, headers=admin.headers)
        assert [one["id"] for one in deleted.json()["items"]] == [str(store)]
        assert (await client.post(f"{theirs}/restore", headers=admin.headers)).status_code == 200
        assert (await client.get(mine)).status_code == 200
        assert (await client.post(f"{theirs}/restore", headers=admin.headers)).status_code == 404

    async def test_keep_their_address_to_themselves(self, client: httpx.AsyncClient, admin: Account) -> None:
        ada = await register(client)
        store = await store_of(client, ada)
        path = f"/api/v1/stores/{store}"
        address = {"line1": "1 Harbour Street", "city": "Bristol", "country": "GB"}
        changed = await client.patch(path, json={"address": address}, headers=ada.headers)
        assert changed.json()["address"] == address
        assert "Harbour" not in (await client.get(path)).text
        cleared = await client.patch(path, json={"address": None}, headers=ada.headers)
        assert cleared.json()["address"] is None


class TestCustomers:
    async def test_of_all_stores_are_found(
        self, app: Api, client: httpx.AsyncClient, admin: Account, owner_url: str
    ) -> None:
        ada = await register(client)
        tea, ink = await store_of(client, ada), await store_of(client, ada)
        owner = await asyncpg.connect(owner_url)
        for store, name in ((tea, "Mary Major"), (ink, "John Doe"), (ink, "Mary Minor")):
            await owner.execute(CUSTOMER, new_id(), store, name, f"{name.split()[1].lower()}@example.com")
        await owner.close()
        for query, names in (
            ({}, ["Mary Minor", "John Doe", "Mary Major"]),
            ({"q": "mary"}, ["Mary Minor", "Mary Major"]),
            ({"q": "doe@"}, ["John Doe"]),
            ({"q": "mary", "store": str(tea)}, ["Mary Major"]),
        ):
            found = await client.get("/api/v1/admin/customers", params=query, headers=admin.headers)
            assert [customer["name"] for customer in found.json()["items"]] == names, query
        assert (await client.get("/api/v1/admin/customers", headers=ada.headers)).status_code == 404

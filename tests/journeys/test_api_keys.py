"""A program works for a store by a key."""

from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.apps import client_of, serving
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.journeys.test_admin_users import admin, patched
from tests.journeys.test_work_together import within

from shoplytics.api import Api
from shoplytics.modules.tenancy.service import KeyGate
from shoplytics.settings import Settings

ALL = ["products:read", "products:write", "orders:read", "orders:import", "analytics:read"]
ORDERS = (
    "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price\n"
    "#1,a@example.com,paid,GBP,5.00,0,0,5.00,2026-01-02 10:00:00 +0000,1,Cup,5.00\n"
)
ADD_MEMBER = "insert into tenancy_member (store_id, user_id, role, email) values ($1, $2, $3, 'x@y.z')"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


class Shop:
    """Ada's store and its keys."""

    def __init__(self, app: Api, client: httpx.AsyncClient, url: str, ada: Account, store: UUID) -> None:
        self.app = app
        self.client = client
        self.owner_url = url
        self.ada = ada
        self.store = store
        self.path = f"/api/v1/stores/{store}"
        self.keys = f"{self.path}/api-keys"

    async def make(self, *scopes: str, by: Account | None = None, **more: str) -> httpx.Response:
        form = {"name": "Sync", "scopes": list(scopes), **more}
        return await self.client.post(self.keys, json=form, headers=(by or self.ada).headers)

    async def key(self, *scopes: str, by: Account | None = None) -> tuple[str, str]:
        """Its id and secret."""
        answer = await self.make(*scopes, by=by)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.json()["key"]

    async def run(self, statement: str, *values: object) -> object:
        owner = await asyncpg.connect(self.owner_url)
        found: object = await owner.fetchval(statement, *values)
        await owner.close()
        return found

    async def member(self, role: str) -> Account:
        account = await register(self.client)
        await self.run(ADD_MEMBER, self.store, account.user_id, role)
        return account

    async def get(self, path: str, key: str) -> int:
        return (await self.client.get(f"{self.path}{path}", headers=bearer(key))).status_code


@pytest.fixture
async def shop(app: Api, client: httpx.AsyncClient, owner_url: str) -> Shop:
    ada = await register(client)
    return Shop(app, client, owner_url, ada, await store_of(client, ada))


class TestAKey:
    async def test_does_what_its_scopes_say(self, shop: Shop) -> None:
        _, key = await shop.key(*ALL)
        made = await shop.client.post(
            f"{shop.path}/products", json={"title": "Cup", "price": "5.00"}, headers=bearer(key)
        )
        assert made.status_code == 201
        assert await shop.get("/products", key) == 200
        loaded = await shop.client.post(
            f"{shop.path}/orders/import?format=shopify",
            files={"file": ("orders.csv", ORDERS.encode())},
            headers=bearer(key),
        )
        assert loaded.status_code == 202
        await drain(shop.app.parts.infra)
        orders = await shop.client.get(f"{shop.path}/orders", headers=bearer(key))
        assert [order["number"] for order in orders.json()["items"]] == ["#1"]
        report = "/analytics/overview?from=2026-01-01&to=2026-01-31"
        assert await shop.get(report, key) == 200

    async def test_does_nothing_else(self, shop: Shop) -> None:
        _, key = await shop.key("products:read")
        answer = await shop.client.get(f"{shop.path}/orders", headers=bearer(key))
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        for path in ("/members", "/api-keys", "/invitations", "/audit-log"):
            assert await shop.get(path, key) == 403
        assert (await shop.client.delete(shop.path, headers=bearer(key))).status_code == 403
        assert (await shop.client.get("/api/v1/me", headers=bearer(key))).status_code == 403
        other = await store_of(shop.client, await register(shop.client))
        path = f"/api/v1/stores/{other}/products"
        assert (await shop.client.get(path, headers=bearer(key))).status_code == 404

    @pytest.mark.parametrize("scope", ["members:read", "api-keys:manage", "stores:delete", "nothing"])
    async def test_may_not_hold_everything(self, shop: Shop, scope: str) -> None:
        answer = await shop.make("products:read", scope)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/scopes/1")

    async def test_is_shown_once_and_kept_as_a_hash(self, shop: Shop) -> None:
        key_id, key = await shop.key("products:read")
        assert key.startswith("sk_")
        shown = await shop.client.get(f"{shop.keys}/{key_id}", headers=shop.ada.headers)
        listed = await shop.client.get(shop.keys, headers=shop.ada.headers)
        assert listed.json()["items"] == [shown.json()]
        assert key not in shown.text
        assert key.startswith(shown.json()["prefix"])
        for table in ("tenancy_api_key", "tenancy_audit", "platform_outbox"):
            assert await shop.run(f"select count(*) from {table} t where t::text like $1", f"%{key}%") == 0

    async def test_tells_when_it_was_used(self, shop: Shop) -> None:
        key_id, key = await shop.key("products:read")
        gate = shop.app.parts.alone("api_keys")
        assert isinstance(gate, KeyGate)
        await shop.get("/products", key)
        await gate.settle()
        first = await shop.run("select last_used_at from tenancy_api_key")
        assert first is not None
        await shop.get("/products", key)
        await gate.settle()
        assert await shop.run("select last_used_at from tenancy_api_key") == first
        shown = await shop.client.get(f"{shop.keys}/{key_id}", headers=shop.ada.headers)
        assert shown.json()["last_used_at"] is not None

    async def test_ends_when_it_expires(self, shop: Shop) -> None:
        late = await shop.make("products:read", expires_at="2020-01-01T00:00:00Z")
        assert (late.status_code, late.json()["errors"][0]["code"]) == (400, "in_the_past")
        key_id, key = await shop.key("products:read")
        await shop.run("update tenancy_api_key set expires_at = now() - interval '1 second'")
        assert await shop.get("/products", key) == 401
        refused = await shop.client.post(f"{shop.keys}/{key_id}/rotate", headers=shop.ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "key_expired")
        later = {"expires_at": "2999-01-01T00:00:00Z", "name": "Later"}
        changed = await shop.client.patch(f"{shop.keys}/{key_id}", json=later, headers=shop.ada.headers)
        assert (changed.status_code, changed.json()["name"]) == (200, "Later")
        assert await shop.get("/products", key) == 200

    @pytest.mark.parametrize("end", ["revoke", "rotate"])
    async def test_dies_within_five_seconds_in_another_process(
        self, shop: Shop, settings: Settings, end: str
    ) -> None:
        key_id, key = await shop.key("products:read")
        async with serving(settings) as other, client_of(other) as there:
            path, headers = f"{shop.path}/products", bearer(key)
            assert (await there.get(path, headers=headers)).status_code == 200
            one = f"{shop.keys}/{key_id}"
            if end == "revoke":
                assert (await shop.client.delete(one, headers=shop.ada.headers)).status_code == 204
            else:
                turned = await shop.client.post(f"{one}/rotate", headers=shop.ada.headers)
                assert await shop.get("/products", turned.json()["key"]) == 200

            async def dead() -> bool:
                return (await there.get(path, headers=headers)).status_code == 401

            assert await within(5, dead)


class TestItsHolder:
    async def test_gives_no_more_than_they_may_at_the_time(self, shop: Shop) -> None:
        mia = await shop.member("manager")
        key_id, key = await shop.key("products:read", "products:write", by=mia)
        form = {"title": "Cup", "price": "5.00"}
        await shop.run("update tenancy_member set role = 'staff' where user_id = $1", mia.user_id)

        async def weaker() -> bool:
            path = f"{shop.path}/products"
            return (await shop.client.post(path, json=form, headers=bearer(key))).status_code == 403

        assert await within(5, weaker)
        assert await shop.get("/products", key) == 200
        shown = await shop.client.get(f"{shop.keys}/{key_id}", headers=shop.ada.headers)
        assert shown.json()["effective_scopes"] == ["products:read"]

    async def test_takes_it_along_when_leaving_until_it_is_rotated(self, shop: Shop) -> None:
        mia = await shop.member("manager")
        key_id, key = await shop.key("products:read", by=mia)
        await shop.run("delete from tenancy_member where user_id = $1", mia.user_id)
        assert await shop.get("/products", key) == 401
        turned = await shop.client.post(f"{shop.keys}/{key_id}/rotate", headers=shop.ada.headers)
        assert turned.json()["holder_id"] == str(shop.ada.user_id)
        assert await shop.get("/products", turned.json()["key"]) == 200

    @pytest.mark.parametrize("end", ["disable", "delete", "erase"])
    async def test_takes_it_along_when_the_account_ends(self, shop: Shop, end: str) -> None:
        mia, boss = await shop.member("manager"), await admin(shop.client, shop.owner_url)
        _, key = await shop.key("products:read", by=mia)
        assert await shop.get("/products", key) == 200
        if end == "disable":
            answer = await patched(shop.client, boss, mia, disabled=True)
        elif end == "delete":
            answer = await shop.client.delete("/api/v1/me", headers=mia.headers)
        else:
            form = {"password": mia.password}
            answer = await shop.client.post("/api/v1/me/erase", json=form, headers=mia.headers)
        assert answer.is_success, answer.text

        async def dead() -> bool:
            return await shop.get("/products", key) == 401

        assert await within(5, dead)
        await drain(shop.app.parts.infra)
        kept = "select count(*) from tenancy_api_key where revoked_at is null"
        assert await shop.run(kept) == (0 if end == "erase" else 1)
        members = "select count(*) from tenancy_member where user_id = $1"
        assert await shop.run(members, mia.user_id) == (0 if end == "erase" else 1)

    @pytest.mark.parametrize(("role", "status"), [("manager", 200), ("staff", 403), ("analyst", 403)])
    async def test_has_to_be_a_manager(self, shop: Shop, role: str, status: int) -> None:
        someone = await shop.member(role)
        listed = await shop.client.get(shop.keys, headers=someone.headers)
        assert listed.status_code == status
        made = await shop.make("products:read", by=someone)
        assert made.status_code == (201 if status == 200 else 403)

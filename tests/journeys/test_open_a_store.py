"""Someone becomes a seller."""

import httpx
import pytest
from tests.builders import register, store_of

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole

STORES = "/api/v1/stores"


class TestOpenAStore:
    async def test_is_its_owners_and_in_the_directory(self, client: httpx.AsyncClient) -> None:
        ada = await register(client, first_name="Ada")
        form = {"name": "Tea & More", "currency": "GBP", "timezone": "Europe/London"}
        answer = await client.post(STORES, json=form, headers=ada.headers)
        assert answer.status_code == 201
        store = answer.json()
        assert (store["slug"], store["role"], store["version"]) == ("tea-more", "owner", 1)
        profile = await client.get(f"{STORES}/{store['id']}")
        assert profile.headers["ETag"].startswith('"1-')
        assert "timezone" not in profile.json()
        listed = (await client.get(f"{STORES}?total=true")).json()
        assert (listed["items"], listed["total"]) == ([profile.json()], 1)
        mine = (await client.get("/api/v1/me/stores", headers=ada.headers)).json()["items"]
        assert [(one["id"], one["role"]) for one in mine] == [(store["id"], "owner")]
        members = await client.get(f"{STORES}/{store['id']}/members", headers=ada.headers)
        assert [member["name"] for member in members.json()["items"]] == ["Ada"]

    async def test_twice_is_harmless(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        assert await store_of(client, ada) != await store_of(client, ada)
        keyed = ada.headers | {"Idempotency-Key": "one"}
        answers = [await client.post(STORES, json={"name": "Ink"}, headers=keyed) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        mine = (await client.get("/api/v1/me/stores", headers=ada.headers)).json()["items"]
        assert len(mine) == 3

    async def test_needs_someone_signed_in(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(STORES, json={"name": "Ink"})).status_code == 401

    @pytest.mark.parametrize(
        "wrong",
        [
            {"owner_id": "00000000-0000-0000-0000-000000000000"},
            {"role": "owner"},
            {"currency": "XXX"},
            {"timezone": "Europe/../London"},
            {"slug": "Tea"},
            {"name": " "},
            {"low_stock_threshold": -1},
        ],
        ids=lambda wrong: next(iter(wrong)),
    )
    async def test_refuses_bad_values(self, client: httpx.AsyncClient, wrong: dict[str, object]) -> None:
        ada = await register(client)
        answer = await client.post(STORES, json={"name": "Ink"} | wrong, headers=ada.headers)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(wrong))}"

    async def test_pages_through_the_directory(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        ids = [str(await store_of(client, ada)) for _ in range(3)]
        first = (await client.get(f"{STORES}?limit=2")).json()
        rest = (await client.get(f"{STORES}?limit=2&cursor={first['next_cursor']}")).json()
        assert [store["id"] for store in first["items"] + rest["items"]] == ids[::-1]
        assert rest["next_cursor"] is None
        for cursor in ("x", "W10", first["next_cursor"][:-4]):
            assert (await client.get(f"{STORES}?cursor={cursor}")).status_code == 400


class TestChangeAStore:
    async def test_guards_against_lost_updates(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        path = f"{STORES}/{await store_of(client, ada)}"
        guarded = ada.headers | {"If-Match": (await client.get(path)).headers["ETag"]}
        assert (await client.patch(path, json={"name": "Ink"}, headers=guarded)).status_code == 200
        assert (await client.patch(path, json={"name": "Tea"}, headers=guarded)).status_code == 412
        refused = await client.patch(path, json={"currency": "USD"}, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "immutable_setting")

    async def test_hides_from_strangers_that_there_is_one(self, client: httpx.AsyncClient) -> None:
        ada, eve = await register(client), await register(client)
        path = f"{STORES}/{await store_of(client, ada)}"
        await store_of(client, eve)
        for method, route in (
            ("PATCH", path),
            ("DELETE", path),
            ("GET", f"{path}/members"),
            ("POST", f"{path}/restore"),
        ):
            body = {"name": "Eve's"} if method == "PATCH" else None
            answer = await client.request(method, route, json=body, headers=eve.headers)
            assert answer.status_code == 404, route
        assert (await client.get(path)).json()["name"] == "A shop"

    async def test_takes_it_out_of_sight_and_back(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        path = f"{STORES}/{await store_of(client, ada)}"
        assert (await client.delete(path, headers=ada.headers)).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.get(STORES)).json()["items"] == []
        assert (await client.get("/api/v1/me/stores", headers=ada.headers)).json()["items"] == []
        assert (await client.post(f"{path}/restore", headers=ada.headers)).status_code == 200
        assert (await client.get(path)).status_code == 200
        assert (await client.patch(path, json={"name": "Ink"}, headers=ada.headers)).status_code == 200

    async def test_leaves_a_trace(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada = await register(client)
        store_id = await store_of(client, ada)
        await client.patch(f"{STORES}/{store_id}", json={"name": "Ink"}, headers=ada.headers)
        async with infra.database.work(DbRole.STORE, store_ids=[store_id]) as work:
            rows = await work.raw.fetch(
                "select actor, action, before ->> 'name' as before, after ->> 'name' as after"
                " from tenancy_audit order by id"
            )
        actor = f"user:{ada.user_id}"
        assert [tuple(row) for row in rows] == [
            (actor, "stores.create", None, "A shop"),
            (actor, "stores.change", "A shop", "Ink"),
        ]

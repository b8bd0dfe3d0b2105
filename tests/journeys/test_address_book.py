"""A shopper keeps addresses, one of them the default for each purpose."""

import asyncio
from typing import Any

import httpx
from tests.builders import Account, register

BOOK = "/api/v1/me/addresses"
HOME = {"name": "Ada  Lovelace", "lines": ["12 St James's Square"], "city": "London", "country": "gb"}


async def add(client: httpx.AsyncClient, account: Account, **fields: object) -> dict[str, Any]:
    answer = await client.post(BOOK, json={**HOME, **fields}, headers=account.headers)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def book(client: httpx.AsyncClient, account: Account) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(f"{BOOK}?limit=100", headers=account.headers)).json()[
        "items"
    ]
    return items


class TestAnAddress:
    async def test_is_kept_in_its_normal_form(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        kept = await add(client, ada, phone="+44 20 7946 0958", postal_code=" sw1y 4jh")
        assert (kept["name"], kept["country"], kept["phone"], kept["postal_code"]) == (
            "Ada Lovelace",
            "GB",
            "+442079460958",
            "SW1Y 4JH",
        )
        answer = await client.get(f"{BOOK}/{kept['id']}", headers=ada.headers)
        assert (answer.json(), answer.headers["etag"][:3]) == (kept, '"1-')

    async def test_is_refused_with_every_bad_field(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        bad = {"name": "  ", "lines": ["a", " "], "city": "\t", "country": "XX", "phone": "12"}
        answer = await client.post(BOOK, json=bad, headers=ada.headers)
        assert answer.status_code == 400
        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert pointers == {"/name", "/lines/1", "/city", "/country", "/phone"}

    async def test_is_refused_with_every_bad_field_also_when_some_cannot_be_read(
        self, client: httpx.AsyncClient
    ) -> None:
        ada = await register(client)
        bad = {"name": "", "lines": ["a", " "], "country": "XX", "phone": "12", "region": 5}
        answer = await client.post(BOOK, json=bad, headers=ada.headers)
        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert pointers == {"/name", "/lines/1", "/city", "/country", "/phone", "/region"}

    async def test_is_changed_by_whoever_read_it_last(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        path = f"{BOOK}/{(await add(client, ada))['id']}"
        guarded = ada.headers | {"If-Match": '"1"'}
        changed = await client.patch(path, json={"city": "Leeds"}, headers=guarded)
        assert (changed.status_code, changed.json()["city"], changed.json()["version"]) == (200, "Leeds", 2)
        assert (await client.patch(path, json={"city": "York"}, headers=guarded)).status_code == 412
        same = await client.patch(path, json={"city": "Leeds"}, headers=ada.headers)
        assert same.json()["version"] == 2

    async def test_comes_back_after_it_was_taken_out(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        path = f"{BOOK}/{(await add(client, ada, default_shipping=True))['id']}"
        assert (await client.post(f"{path}/restore", headers=ada.headers)).status_code == 404
        assert (await client.delete(path, headers=ada.headers)).status_code == 204
        assert (await client.get(path, headers=ada.headers)).status_code == 404
        assert await book(client, ada) == []
        back = await client.post(f"{path}/restore", headers=ada.headers)
        assert (back.status_code, back.json()["default_shipping"]) == (200, False)

    async def test_is_nobody_elses(self, client: httpx.AsyncClient) -> None:
        ada, eve = await register(client), await register(client)
        path = f"{BOOK}/{(await add(client, ada))['id']}"
        for method, body in (("GET", None), ("PATCH", {"city": "X"}), ("DELETE", None)):
            answer = await client.request(method, path, json=body, headers=eve.headers)
            assert answer.status_code == 404
        assert len(await book(client, ada)) == 1


class TestABook:
    async def test_has_one_default_per_purpose(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        first = await add(client, ada, default_shipping=True, default_billing=True)
        second = await add(client, ada, default_shipping=True)
        marks = {
            one["id"]: (one["default_shipping"], one["default_billing"]) for one in await book(client, ada)
        }
        assert marks == {first["id"]: (False, True), second["id"]: (True, False)}

    async def test_has_one_default_also_when_many_are_made_at_once(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        paths = [f"{BOOK}/{(await add(client, ada))['id']}" for _ in range(4)]
        mark = {"default_shipping": True, "default_billing": True}
        made = [client.patch(path, json=mark, headers=ada.headers) for path in paths]
        made += [client.post(BOOK, json={**HOME, **mark}, headers=ada.headers) for _ in range(4)]
        answers = await asyncio.gather(*made)
        assert {answer.status_code for answer in answers} == {200, 201}
        kept = await book(client, ada)
        assert [sum(one[name] for one in kept) for name in mark] == [1, 1]

    async def test_is_full_at_a_hundred(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        for _ in range(99):
            await add(client, ada)
        parallel = [client.post(BOOK, json=HOME, headers=ada.headers) for _ in range(3)]
        answers = await asyncio.gather(*parallel)
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        page = (await client.get(f"{BOOK}?limit=60&total=true", headers=ada.headers)).json()
        rest = await client.get(f"{BOOK}?limit=60&cursor={page['next_cursor']}", headers=ada.headers)
        assert (page["total"], len(page["items"]), len(rest.json()["items"])) == (100, 60, 40)

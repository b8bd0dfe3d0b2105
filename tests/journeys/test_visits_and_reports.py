"""A shop's pages are looked at; its owner reads how many came, and what was sold."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx
import pytest
from tests.builders import Account, register, store_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
BROWSER = {"User-Agent": CHROME, "Content-Type": "text/plain;charset=UTF-8"}
BAD_BEACONS: list[tuple[dict[str, object], int]] = [
    ({"store_id": str(uuid4())}, 404),
    ({"store_id": None}, 400),
    ({"store": str(uuid4())}, 400),
    ({"path": "/a\nb"}, 400),
    ({"path": "no slash"}, 400),
    ({"path": None}, 400),
    ({"engaged_ms": -5}, 400),
    ({"engaged_ms": 30 * 60 * 1000 + 1}, 400),
    ({"type": "ping"}, 400),
    ({"title": "?"}, 400),
    ({"product_id": "1"}, 400),
    ({"page_id": 10**4000}, 202),
]
BAD_QUESTIONS = [
    ({"from": "2026-01-02", "to": "2026-01-01"}, "invalid_range"),
    ({"from": "2025-01-01", "to": "2026-02-05"}, "invalid_range"),
    ({"from": "0001-01-01", "to": "0001-01-01"}, "invalid_range"),
    ({"tz": "Mars/Olympus"}, "unknown_timezone"),
    ({"from": "yesterday"}, "invalid_format"),
    ({"interval": "year"}, "invalid_choice"),
    ({"compare": "tomorrow"}, "invalid_choice"),
]
REPORTS = ("overview", "revenue", "traffic", "products", "customers")


async def beacon(client: httpx.AsyncClient, body: object, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post("/api/v1/track", content=content, headers=BROWSER | headers)


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> tuple[Account, UUID]:
    owner = await register(client)
    return owner, await store_of(client, owner)


async def report(
    client: httpx.AsyncClient, shop: tuple[Account, UUID], name: str, **query: str
) -> httpx.Response:
    owner, store_id = shop
    path = f"/api/v1/stores/{store_id}/analytics/{name}"
    return await client.get(path, params=query, headers=owner.headers)


class TestTracking:
    async def test_counts_pages_people_and_time(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        owner, store_id = shop
        product = str(uuid4())
        answers = await asyncio.gather(
            *(
                beacon(
                    client, {"store_id": str(store_id), "page_id": f"p{n}", "url": "https://a.example/?x=1"}
                )
                for n in range(5)
            ),
            beacon(client, {"store_id": str(store_id), "page_id": 7, "product_id": product}),
            beacon(client, {"store": str(store_id), "path": "/x"}, **{"User-Agent": CHROME + " OPR/1"}),
        )
        assert [(a.status_code, a.content) for a in answers] == [(202, b"")] * 7
        ping = {"store_id": str(store_id), "type": "ping", "page_id": 7, "engaged_ms": 4500}
        assert (await beacon(client, ping)).status_code == 202
        traffic = (await report(client, shop, "traffic")).json()
        figures = [traffic[name] for name in ("visits", "visitors", "sessions", "bounces")]
        assert figures == [7, 2, 2, 1]
        assert len(traffic["series"]) == 30
        assert traffic["series"][-1]["engaged_seconds"] == 5  # 4.5, rounded
        visits = f"/api/v1/stores/{store_id}/visits"
        page = await client.get(visits, params={"limit": 4}, headers=owner.headers)
        rest = await client.get(
            visits, params={"limit": 4, "cursor": page.json()["next_cursor"]}, headers=owner.headers
        )
        assert len({v["id"] for v in page.json()["items"] + rest.json()["items"]}) == 7
        assert rest.json()["next_cursor"] is None
        of_product = await client.get(visits, params={"product": product}, headers=owner.headers)
        assert [v["engaged_seconds"] for v in of_product.json()["items"]] == [4.5]

    async def test_accepts_and_forgets_bots_and_whoever_asks_not_to_be_tracked(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        for header in ({"Sec-GPC": "1"}, {"DNT": "1"}, {"User-Agent": "Googlebot/2.1"}, {"User-Agent": ""}):
            answer = await beacon(client, {"store_id": str(shop[1]), "path": "/"}, **header)
            assert answer.status_code == 202
        assert (await report(client, shop, "traffic")).json()["visits"] == 0

    async def test_refuses_what_it_cannot_use(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        for change, status in BAD_BEACONS:
            answer = await beacon(client, {"store_id": str(shop[1]), "path": "/"} | change)
            assert answer.status_code == status, answer.text

    async def test_is_open_to_pages_of_every_origin(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        body = {"store_id": str(shop[1]), "path": "/", "page_id": "1"}
        answer = await beacon(client, body, origin="https://shop.example")
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
        preflight = await client.options("/api/v1/track", headers=asked)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
        elsewhere = await client.options("/api/v1/stores", headers=asked)
        assert "access-control-allow-origin" not in elsewhere.headers

    async def test_takes_json_only_and_not_too_much(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        assert (await beacon(client, b"{}", **{"Content-Type": "text/html"})).status_code == 415
        assert (await beacon(client, b" " * 70_000)).status_code == 413
        assert (await beacon(client, b"{")).status_code == 400


class TestReports:
    async def test_refuse_a_bad_question(self, client: httpx.AsyncClient, shop: tuple[Account, UUID]) -> None:
        for name in REPORTS:
            for query, code in BAD_QUESTIONS:
                answer = await report(client, shop, name, **query)
                assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
            assert (await report(client, shop, f"{name}.csv", tz="Mars/Olympus")).status_code == 400

    async def test_name_a_bad_parameter_as_the_caller_does(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        account, store = shop
        url = f"/api/v1/stores/{store}/analytics/revenue?from=yesterday"
        answer = await client.get(url, headers=account.headers)
        assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (400, ["?from"])

    async def test_answer_zeros_for_a_new_store(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        view = (await report(client, shop, "overview")).json()
        assert view["revenue"]["gross"] == {"amount": "0.00", "currency": "GBP"}
        assert (view["orders"], view["visitors"], view["conversion_rate"]) == (0, 0, 0)
        assert view["compared_to"]["change"]["orders"] is None
        assert set(view) >= {"order_lines", "customers", "average_order_value", "definitions", "as_of"}
        for name in REPORTS:
            sheet = await report(client, shop, f"{name}.csv")
            assert sheet.status_code == 200
            assert sheet.headers["content-type"] == "text/csv; charset=utf-8"

    async def test_know_visitors_only_in_the_stores_own_zone(
        self, client: httpx.AsyncClient, shop: tuple[Account, UUID]
    ) -> None:
        for name in ("revenue", "customers"):
            assert (await report(client, shop, name, tz="Africa/Lagos")).status_code == 200
        for name in ("overview", "traffic", "products"):
            answer = await report(client, shop, name, tz="Africa/Lagos")
            assert (answer.status_code, answer.json()["code"]) == (400, "tz_not_supported")

    async def test_have_no_buckets_for_a_day_that_the_zone_left_out(self, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        shop = owner, await store_of(client, owner, timezone="Pacific/Apia")
        for name in REPORTS:
            for day in ("2011-12-30", "2011-12-31"):  # the second is compared with the first
                query = {"from": day, "to": day, "interval": "hour"}
                for path in (name, f"{name}.csv"):
                    answer = await report(client, shop, path, **query)
                    assert answer.status_code == 200, answer.text
        skipped = {"from": "1993-08-21", "to": "1993-08-21", "interval": "hour"}
        view = (await report(client, shop, "revenue", tz="Pacific/Kwajalein", **skipped)).json()
        assert (view["series"], view["orders"]) == ([], 0)
        assert view["period"]["start"] == view["period"]["end"]
        assert len(view["compared_to"]["series"]) == 24

    async def test_are_nobody_elses(self, client: httpx.AsyncClient, shop: tuple[Account, UUID]) -> None:
        stranger = await register(client)
        for path in (*(f"analytics/{name}" for name in REPORTS), "visits", "analytics/overview.csv"):
            url = f"/api/v1/stores/{shop[1]}/{path}"
            assert (await client.get(url, headers=stranger.headers)).status_code == 404
            assert (await client.get(url)).status_code == 401

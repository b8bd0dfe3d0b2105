"""A merchant loads the orders of an existing shop, looks at them, and takes them along again."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.fixtures import fixture

from shoplytics.api import Api

EXAMPLE = Path(__file__).parents[2] / "examples" / "orders.csv"
VERSIONS = """
    select id, version, updated_at from sales_order
    union all select id, version, updated_at from sales_customer order by 1
"""


class Shop:
    """One merchant's store over HTTP."""

    def __init__(self, app: Api, client: httpx.AsyncClient, owner: Account, store: UUID) -> None:
        self.app = app
        self.client = client
        self.headers = owner.headers
        self.url = f"/api/v1/stores/{store}"

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - an answer's JSON
        answer = await self.client.get(f"{self.url}{path}", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def load(self, file: bytes, **query: str) -> dict[str, Any]:
        """The job, done."""
        answer = await self.client.post(
            f"{self.url}/orders/import",
            params={"format": "shopify", **query},
            files={"file": ("orders.csv", file)},
            headers=self.headers,
        )
        assert answer.status_code == 202, answer.text
        await drain(self.app.parts.infra)
        job = await self.client.get(f"/api/v1/jobs/{answer.json()['job_id']}", headers=self.headers)
        found: dict[str, Any] = job.json()
        return found


@pytest.fixture
async def shop(app: Api, client: httpx.AsyncClient) -> Shop:
    owner = await register(client)
    return Shop(app, client, owner, await store_of(client, owner, currency="GBP"))


async def versions(owner_url: str) -> list[asyncpg.Record]:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(VERSIONS)
    await owner.close()
    return list(rows)


class TestARealMonth:
    async def test_is_imported_to_the_penny_and_only_once(self, shop: Shop, owner_url: str) -> None:
        file = fixture("retail/orders-2010-12.csv.gz").read_bytes()
        job = await shop.load(file)
        assert job["status"] == "succeeded"
        assert job["progress"] == {"done": 41480, "total": 41480}
        assert (job["result"]["new"], job["result"]["lines"], job["result"]["skipped"]) == (1559, 41480, 0)
        await self._adds_up(owner_url)
        before = await versions(owner_url)
        again = await shop.load(gzip.decompress(file))
        assert (again["result"]["unchanged"], again["result"]["lines"]) == (1559, 0)
        assert await versions(owner_url) == before

    @staticmethod
    async def _adds_up(owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        orders = await owner.fetchrow("select count(*), sum(total), sum(gross) from sales_order")
        lines = await owner.fetchrow("select count(*), sum(total) from sales_order_line")
        people = await owner.fetchval("select count(*) from sales_customer")
        await owner.close()
        assert orders is not None
        assert lines is not None
        assert tuple(orders) == (1559, 82374614, 82374614)
        assert tuple(lines) == (41480, 82374614)
        assert people == 885


class TestTheExample:
    async def test_is_there_as_it_was_written(self, shop: Shop) -> None:
        job = await shop.load(EXAMPLE.read_bytes())
        assert job["result"] == {
            "rows": 25,
            "orders": 12,
            "new": 12,
            "changed": 0,
            "unchanged": 0,
            "skipped": 0,
            "lines": 25,
            "dry_run": False,
        }
        page = await shop.get("/orders", total="true", limit=5)
        assert page["total"] == 12
        assert [order["number"] for order in page["items"]] == [f"#{n}" for n in range(1012, 1007, -1)]
        rest = await shop.get("/orders", limit=100, cursor=page["next_cursor"])
        assert [order["number"] for order in rest["items"]] == [f"#{n}" for n in range(1007, 1000, -1)]
        assert rest["next_cursor"] is None
        [found] = (await shop.get("/orders", q="1003"))["items"]
        order = await shop.get(f"/orders/{found['id']}")
        assert (order["source"], order["status"], order["total"]["amount"]) == (
            "shopify",
            "completed",
            "31.31",
        )
        assert [line["discount"]["amount"] for line in order["lines"]] == ["2.22", "0.52", "0.30"]
        assert order["billing_address"]["zip"] == "NR2 3PQ"

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"status": "cancelled"}, ["#1007"]),
            ({"financial_status": "partially_refunded"}, ["#1009"]),
            ({"q": "AMARA.NWOSU"}, ["#1005", "#1001"]),
            ({"placed_gte": "2026-09-01T00:00:00Z", "sort": "placed_at"}, ["#1011", "#1012"]),
            ({"placed_lte": "2026-02-01T00:00:00+01:00"}, ["#1002", "#1001"]),
            ({"source": "native"}, []),
        ],
    )
    async def test_is_found_by_filters(self, shop: Shop, query: dict[str, str], numbers: list[str]) -> None:
        await shop.load(EXAMPLE.read_bytes())
        page = await shop.get("/orders", **query)
        assert [order["number"] for order in page["items"]] == numbers

    async def test_makes_customers(self, shop: Shop) -> None:
        await shop.load(EXAMPLE.read_bytes())
        for sort, emails in (
            ("-spent", ["idris.calder", "tomas.quill", "lena.fairweather", "benedikt.moss"]),
            ("last_order_at", ["amara.nwosu", "wren.okafor-hale", "idris.calder", "benedikt.moss"]),
            ("-order_count", None),
            ("created_at", None),
        ):
            first = await shop.get("/customers", sort=sort, limit=4, total="true")
            assert first["total"] == 6
            last = await shop.get("/customers", sort=sort, limit=4, cursor=first["next_cursor"])
            seen = [person["email"] for person in first["items"] + last["items"]]
            assert len(set(seen)) == 6
            assert emails is None or seen[:4] == [f"{name}@example.com" for name in emails]
        [person] = (await shop.get("/customers", q="wren"))["items"]
        assert (person["order_count"], person["spent"]) == (1, {"amount": "30.25", "currency": "GBP"})
        assert await shop.get(f"/customers/{person['id']}") == person
        orders = (await shop.get("/orders", customer=person["id"]))["items"]
        assert [order["number"] for order in orders] == ["#1008", "#1007"]

    async def test_comes_back_the_same_from_its_own_export(self, shop: Shop, owner_url: str) -> None:
        await shop.load(EXAMPLE.read_bytes())
        before = await versions(owner_url)
        answer = await shop.client.get(f"{shop.url}/orders/export.csv", headers=shop.headers)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["Name"] for row in rows if row["Total"]] == [f"#{n}" for n in range(1001, 1013)]
        again = await shop.load(answer.content)
        assert (again["result"]["unchanged"], again["result"]["skipped"]) == (12, 0)
        assert await versions(owner_url) == before

    async def test_is_taken_once_for_one_idempotency_key(self, shop: Shop) -> None:
        answers = [
            await shop.client.post(
                f"{shop.url}/orders/import",
                files={"file": ("orders.csv", EXAMPLE.read_bytes())},
                headers=shop.headers | {"Idempotency-Key": "orders-of-the-old-shop"},
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["idempotent-replayed"] == "true"


class TestABadFile:
    async def test_is_reported_row_by_row_and_costs_only_its_bad_orders(self, shop: Shop) -> None:
        text = EXAMPLE.read_text(encoding="utf-8").replace("37.95,,0.00", "much,,0.00")
        job = await shop.load(text.encode())
        assert (job["status"], job["result"]["new"], job["result"]["skipped"]) == ("succeeded", 11, 1)
        errors = await shop.client.get(job["errors_url"], headers=shop.headers)
        [error] = csv.DictReader(io.StringIO(errors.text))
        assert (error["line"], error["code"]) == ("4", "invalid_amount")
        assert (await shop.get("/orders", q="#1002"))["items"] == []

    async def test_that_is_none_fails_the_job(self, shop: Shop) -> None:
        job = await shop.load(b"PK\x03\x04")
        assert (job["status"], job["error"]["code"]) == ("failed", "zip_refused")

    async def test_changes_nothing_in_a_dry_run(self, shop: Shop) -> None:
        job = await shop.load(EXAMPLE.read_bytes(), dry_run="true")
        assert (job["result"]["new"], job["result"]["dry_run"]) == (12, True)
        assert (await shop.get("/orders"))["items"] == []


class TestBadQuestions:
    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("/orders", {"sort": "total"}),
            ("/orders", {"limit": "0"}),
            ("/orders", {"cursor": "nonsense"}),
            ("/orders", {"status": "lost"}),
            ("/orders", {"customer": "amara"}),
            ("/orders", {"placed_gte": "yesterday"}),
            ("/orders", {"placed_gte": "2026-01-01T00:00:00"}),
            ("/orders", {"q": "a" * 101}),
            ("/customers", {"sort": "name"}),
            ("/customers", {"sort": "-spent", "cursor": "WyItc3BlbnQiLFsiYSIsImIiXV0"}),
        ],
    )
    async def test_are_refused(self, shop: Shop, path: str, query: dict[str, str]) -> None:
        answer = await shop.client.get(f"{shop.url}{path}", params=query, headers=shop.headers)
        assert answer.status_code == 400, answer.text

    async def test_of_another_store_find_nothing(self, shop: Shop, client: httpx.AsyncClient) -> None:
        await shop.load(EXAMPLE.read_bytes())
        [order] = (await shop.get("/orders", limit=1))["items"]
        stranger = await register(client)
        theirs = await store_of(client, stranger)
        for url in (
            f"{shop.url}/orders",
            f"{shop.url}/orders/{order['id']}",
            f"/api/v1/stores/{theirs}/orders/{order['id']}",
            f"{shop.url}/orders/export.csv",
            f"{shop.url}/customers",
        ):
            answer = await client.get(url, headers=stranger.headers)
            assert answer.status_code == 404, url

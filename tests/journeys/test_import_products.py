"""A merchant loads the products of an existing shop, and loads them again."""

import csv
import gzip
import io
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.fixtures import fixture

from shoplytics.api import Api

PRODUCTS = "/api/v1/stores/{}/products"


async def imported(
    app: Api, client: httpx.AsyncClient, owner: Account, store: UUID, file: bytes, *, query: str
) -> dict[str, Any]:
    """The job, when everything it started is done."""
    answer = await client.post(
        f"{PRODUCTS.format(store)}/import?{query}",
        files={"file": ("products.csv", file)},
        headers=owner.headers,
    )
    assert answer.status_code == 202, answer.text
    await drain(app.parts.infra)
    job = await client.get(f"/api/v1/jobs/{answer.json()['job_id']}", headers=owner.headers)
    assert job.status_code == 200, job.text
    found: dict[str, Any] = job.json()
    return found


async def refused_rows(
    client: httpx.AsyncClient, owner: Account, job: dict[str, Any]
) -> list[tuple[str, str]]:
    """Line and code of each row of the job's error file."""
    answer = await client.get(job["errors_url"], headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return [(row["line"], row["code"]) for row in csv.DictReader(io.StringIO(answer.text))]


async def offers(client: httpx.AsyncClient, owner: Account, store: UUID) -> dict[str, tuple[str, int]]:
    """Price and stock on hand by SKU."""
    answer = await client.get(f"/api/v1/stores/{store}/offers?limit=100", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return {item["sku"]: (item["price"]["amount"], item["on_hand"]) for item in answer.json()["items"]}


async def chosen(client: httpx.AsyncClient, owner: Account, store: UUID) -> list[dict[str, str]]:
    """The options of the variants of the store's only product."""
    address = PRODUCTS.format(store)
    (product,) = (await client.get(address, headers=owner.headers)).json()["items"]
    answer = await client.get(f"{address}/{product['id']}/variants", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return [item["options"] for item in answer.json()["items"]]


def result(
    created: int = 0, updated: int = 0, unchanged: int = 0, rejected: int = 0, duplicates: int = 0
) -> dict[str, Any]:
    return {
        "created": created,
        "updated": updated,
        "unchanged": unchanged,
        "rejected": rejected,
        "duplicates": duplicates,
        "dry_run": False,
    }


def outcome(job: dict[str, Any]) -> dict[str, Any]:
    """The counts of the job's result."""
    return {name: job["result"][name] for name in result()}


class TestImportInventory:
    async def test_takes_good_rows_and_names_bad_ones(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        file = fixture("inventory.csv").read_bytes()
        job = await imported(app, client, owner, store, file, query="format=inventory")
        assert (job["status"], outcome(job)) == ("succeeded", result(created=5, rejected=2, duplicates=1))
        assert await refused_rows(client, owner, job) == [
            ("7", "duplicate_sku"),
            ("8", "missing_sku"),
            ("9", "bad_price"),
        ]
        assert await offers(client, owner, store) == {
            "TSHIRT-RED-S": ("20.00", 160),
            "JEANS-BLUE-32": ("49.50", 80),
            "HOODIE-GRN-L": ("35.00", 50),
            "LAP-001": ("1200.00", 10),
            "MOU-002": ("25.00", 200),
        }
        again = await imported(app, client, owner, store, file, query="format=inventory")
        assert outcome(again) == result(unchanged=5, rejected=2, duplicates=1)
        shown = await client.get(f"/api/v1/products?store={store}&q=hoodies&total=true")
        assert shown.status_code == 200, shown.text
        assert [item["title"] for item in shown.json()["items"]] == ["Green Hoodie"]

    async def test_reports_what_changed(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        head = b"name,sku,price,inventory_quantity\n"
        first = head + b"Cup,CUP,10.00,5\nPot,POT,20.00,5\nJug,JUG,30.00,5\n"
        await imported(app, client, owner, store, first, query="format=inventory")
        second = head + b"Cup,CUP,11.00,5\nPot,POT,10.00,0\nJug,JUG,30.00,5\nMug,MUG,4.00,1\n"
        for query in ("format=inventory&dry_run=true", "format=inventory"):
            job = await imported(app, client, owner, store, second, query=query)
            told = job["result"]
            assert (told["created"], told["updated"], told["price_changes"], told["stock_changes"]) == (
                1,
                2,
                2,
                1,
            )
            moves = [
                (one["sku"], one["price_before"]["amount"], one["price_after"]["amount"])
                for one in told["largest_price_changes"]
            ]
            assert moves == [("POT", "20.00", "10.00"), ("CUP", "10.00", "11.00")]
            (fell,) = told["largest_stock_changes"]
            assert (fell["sku"], fell["stock_before"], fell["stock_after"]) == ("POT", 5, 0)
            changes = await client.get(told["changes_url"], headers=owner.headers)
            assert changes.text.splitlines() == [
                "line,change,sku,title,price_before,price_after,stock_before,stock_after",
                "2,offer,CUP,Cup,10.00,11.00,5,5",
                "3,offer,POT,Pot,20.00,10.00,5,0",
                "5,created,MUG,Mug,,4.00,,1",
            ]
        stranger = await register(client)
        other = await store_of(client, stranger)
        address = told["changes_url"].replace(str(store), str(other))
        assert (await client.get(address, headers=stranger.headers)).status_code == 404


class TestImportShopify:
    @pytest.mark.parametrize(("name", "products", "variants"), [("apparel", 20, 22), ("jewelery", 20, 23)])
    async def test_makes_products_and_variants_once(
        self, app: Api, client: httpx.AsyncClient, name: str, products: int, variants: int
    ) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        file = fixture(f"shopify/csv/products-{name}.csv").read_bytes()
        job = await imported(app, client, owner, store, file, query="format=shopify")
        assert (job["status"], outcome(job)) == ("succeeded", result(created=products))
        sold = await client.get(f"/api/v1/stores/{store}/offers?limit=100", headers=owner.headers)
        assert len(sold.json()["items"]) == variants
        again = await imported(app, client, owner, store, file, query="format=shopify")
        assert outcome(again) == result(unchanged=products)

    async def test_keeps_what_the_file_does_not_say(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        whole = fixture("shopify/csv/products-jewelery.csv").read_bytes()
        await imported(app, client, owner, store, whole, query="format=shopify")
        part = b"Handle,Title,Option1 Name,Option1 Value,Variant Price\nleather-anchor,,Color,Gold,70\n"
        job = await imported(app, client, owner, store, part, query="format=shopify")
        assert outcome(job) == result(updated=1)
        listed = await client.get(f"/api/v1/products?store={store}&name=anchor&description=leather")
        (found,) = listed.json()["items"]
        shown = (await client.get(f"/api/v1/products/{found['id']}")).json()
        assert (shown["vendor"], len(shown["images"]), len(shown["tags"])) == ("Company 123", 3, 4)
        prices = [variant["offers"][0]["price"]["amount"] for variant in shown["variants"]]
        assert prices == ["70.00", "55.00"]

    async def test_changes_titles_without_touching_variants(
        self, app: Api, client: httpx.AsyncClient
    ) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        whole = (
            b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n"
            b"tee,Tee,Size,S,T-S,5,10.00\ntee,,,M,T-M,6,11.00\n"
        )
        await imported(app, client, owner, store, whole, query="format=shopify")
        renamed = b"Handle,Title\ntee,Renamed\n"
        job = await imported(app, client, owner, store, renamed, query="format=shopify")
        assert outcome(job) == result(updated=1)
        assert await offers(client, owner, store) == {"T-S": ("10.00", 5), "T-M": ("11.00", 6)}

    async def test_renames_options_along_with_the_skus(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty\n"
        first = head + "sx,Sx,Size,S,X1,1.00,2\nsx,,,M,X2,2.00,3\n"
        await imported(app, client, owner, store, first.encode(), query="format=shopify")
        other = head + "sx,Sx,Groesse,S,X1,1.50,2\nsx,,,M,X2,2.50,4\n"
        job = await imported(app, client, owner, store, other.encode(), query="format=shopify")
        assert outcome(job) == result(updated=1)
        assert await offers(client, owner, store) == {"X1": ("1.50", 2), "X2": ("2.50", 4)}
        assert await chosen(client, owner, store) == [{"Groesse": "S"}, {"Groesse": "M"}]
        swapped = head + "sx,Sx,Groesse,S,X2,1.50,2\nsx,,,M,X1,2.50,4\nsx,,,L,X3,3.00,1\n"
        job = await imported(app, client, owner, store, swapped.encode(), query="format=shopify")
        assert outcome(job) == result(updated=1)
        assert await offers(client, owner, store) == {"X2": ("1.50", 2), "X1": ("2.50", 4), "X3": ("3.00", 1)}
        turned = head + "sx,Sx,Groesse,M,X2,1.50,2\nsx,,,Large,X3,2.50,4\n"
        job = await imported(app, client, owner, store, turned.encode(), query="format=shopify")
        assert outcome(job) == result(updated=1, rejected=1)
        assert await refused_rows(client, owner, job) == [("2", "sku_taken")]
        lost = head + "sx,Sx,Colour,S,X2,1.50,2\n"
        job = await imported(app, client, owner, store, lost.encode(), query="format=shopify")
        assert await refused_rows(client, owner, job) == [("2", "unclear_options")]
        assert await chosen(client, owner, store) == [
            {"Groesse": "S"},
            {"Groesse": "M"},
            {"Groesse": "Large"},
        ]

    async def test_loses_no_row_silently(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        split = b"Handle,Title,Variant SKU,Variant Price\ns1,One,A,1\ns2,Two,B,1\ns1,,C,1\n"
        job = await imported(app, client, owner, store, split, query="format=shopify")
        assert outcome(job) == result(created=1, rejected=2)
        assert await refused_rows(client, owner, job) == [("2", "handle_split"), ("4", "handle_split")]


class TestImportAnyFile:
    async def test_leaves_other_stores_alone(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        mine = await store_of(client, owner, currency="USD")
        other = await store_of(client, owner, currency="USD", name="Another")
        file = fixture("inventory.csv").read_bytes()
        await imported(app, client, owner, other, file, query="format=inventory")
        before = await offers(client, owner, other)
        cheaper = b"name,sku,price,inventory_quantity\nX,LAP-001,1.00,1\n"
        job = await imported(app, client, owner, mine, cheaper, query="format=inventory")
        assert outcome(job) == result(created=1)
        assert await offers(client, owner, other) == before

    async def test_changes_nothing_in_a_dry_run(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        file = gzip.compress(fixture("inventory.csv").read_bytes())
        job = await imported(app, client, owner, store, file, query="format=inventory&dry_run=true")
        assert outcome(job) == result(created=5, rejected=2, duplicates=1) | {"dry_run": True}
        assert await offers(client, owner, store) == {}
        assert len(await refused_rows(client, owner, job)) == 3

    @pytest.mark.parametrize(
        ("file", "code"),
        [
            (b"PK\x03\x04", "zip_refused"),
            (b"", "empty_file"),
            (b"title,cost\nx,1\n", "missing_columns"),
            (gzip.compress(b"sku,price,inventory_quantity\n" + b"0" * (1 << 23), mtime=0), "ratio_too_high"),
        ],
    )
    async def test_fails_with_a_clear_reason(
        self, app: Api, client: httpx.AsyncClient, file: bytes, code: str
    ) -> None:
        owner = await register(client)
        store = await store_of(client, owner)
        job = await imported(app, client, owner, store, file, query="format=inventory")
        assert (job["status"], job["error"]["code"]) == ("failed", code)

    async def test_tells_a_wrong_format_at_once(self, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner)
        for query in ("format=excel", ""):
            answer = await client.post(
                f"{PRODUCTS.format(store)}/import?{query}",
                files={"file": ("x.csv", b"x")},
                headers=owner.headers,
            )
            assert answer.status_code == 400, answer.text

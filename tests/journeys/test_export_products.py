"""A merchant takes the catalogue away, and what was taken changes nothing when it comes back."""

import csv
import io
from uuid import UUID

import httpx
import pytest
from tests.builders import Account, register, store_of
from tests.fixtures import fixture
from tests.journeys.test_import_products import PRODUCTS, imported, offers

from shoplytics.api import Api

ODD = (
    b"Handle,Title,Tags,Published,Status,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    b"Variant Price,Variant Compare At Price,Image Src,Image Alt Text\n"
    b"sum,\"'=SUM(A1)\",\"'+one, two\",false,draft,,,'-1,7,1.00,2.50,https://example.com/1.png,'@alt\n"
    b"sum,,,,,,,,,,,https://example.com/2.png,\n"
)


async def exported(client: httpx.AsyncClient, owner: Account, store: UUID, query: str = "") -> bytes:
    answer = await client.get(f"{PRODUCTS.format(store)}/export.csv?{query}", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.content


def rows(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode())))


class TestExport:
    @pytest.mark.parametrize("layout", ["shopify", "inventory"])
    async def test_read_again_changes_nothing(self, app: Api, client: httpx.AsyncClient, layout: str) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        for file in (fixture("shopify/csv/products-jewelery.csv").read_bytes(), ODD):
            await imported(app, client, owner, store, file, query="format=shopify")
        taken = await exported(client, owner, store, f"format={layout}")
        job = await imported(app, client, owner, store, taken, query=f"format={layout}")
        counts = {name: job["result"][name] for name in ("created", "updated", "rejected", "duplicates")}
        assert (job["status"], set(counts.values())) == ("succeeded", {0})
        assert job["result"]["unchanged"] == (21 if layout == "shopify" else len(rows(taken)))
        assert await exported(client, owner, store, f"format={layout}") == taken

    async def test_moves_a_catalogue_to_another_store(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        other = await store_of(client, owner, currency="USD", name="Another")
        await imported(app, client, owner, store, ODD, query="format=shopify")
        taken = await exported(client, owner, store)
        await imported(app, client, owner, other, taken, query="format=shopify")
        assert await offers(client, owner, other) == {"-1": ("1.00", 7)}
        assert await exported(client, owner, other) == taken
        (first, second) = rows(taken)
        assert (first["Title"], first["Tags"], first["Variant SKU"], first["Status"]) == (
            "'=SUM(A1)",
            "'+one, two",
            "'-1",
            "draft",
        )
        assert second["Image Src"] == "https://example.com/2.png"

    async def test_holds_what_the_filters_let_through(self, app: Api, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        file = fixture("inventory.csv").read_bytes()
        await imported(app, client, owner, store, file, query="format=inventory")
        taken = await exported(client, owner, store, "format=inventory&price_gte=50")
        assert [row["sku"] for row in rows(taken)] == ["LAP-001"]
        taken = await exported(client, owner, store, "format=inventory&quantity_gte=150")
        assert {row["sku"] for row in rows(taken)} == {"TSHIRT-RED-S", "MOU-002"}
        answer = await client.get(f"{PRODUCTS.format(store)}/export.csv?price_gte=x", headers=owner.headers)
        assert answer.status_code == 400, answer.text

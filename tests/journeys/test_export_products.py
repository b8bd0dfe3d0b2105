"""A merchant takes the catalogue away, and what was taken changes nothing when it comes back."""

import csv
import io
from uuid import UUID

import httpx
import pytest
from tests.builders import Account, register, store_of
from tests.fixtures import fixture
from tests.journeys.test_import_products import (
    PRODUCTS,
    imported,
    offers,
    outcome,
    refused_rows,
    result,
)
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.catalog.test_attributes import FULL, all_kinds, attribute, values
from tests.pictures import picture

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


class TestSortedCatalogue:
    """With categories, attributes of every kind, prices to compare with, and pictures sent and linked."""

    async def stocked(self, app: Api, client: httpx.AsyncClient) -> Merchant:
        merchant = await open_shop(client)
        await self.sorts(merchant)
        shirt = await merchant.product(
            title="Shirt",
            category="clothing/shirts",
            attributes=FULL | {"maker": "=Ada; & sons", "weight": -0.5},
            options=[{"name": "Size", "values": ["S", "L"]}],
            variants=[
                {"options": {"Size": size}, "sku": size, "price": "5", "compare_at_price": "7.50"}
                for size in ("S", "L")
            ],
        )
        await merchant.product(title="Cup", sku="CUP", price="1", attributes={"care": ["wash"]})
        link = b"Handle,Image Src,Image Alt Text\nshirt,https://img.example/1.jpg,Front\n"
        await imported(app, client, merchant.account, merchant.store, link, query="format=shopify")
        answer = await client.post(
            f"{PRODUCTS.format(merchant.store)}/{shirt['id']}/images",
            files={"file": ("back.png", picture("PNG", (300, 200)))},
            headers=merchant.account.headers,
        )
        assert answer.status_code == 202, answer.text
        await merchant.catch_up()
        return merchant

    async def sorts(self, merchant: Merchant) -> None:
        top = await merchant.send(
            "POST", "/categories", {"name": "Clothing & more", "slug": "clothing"}, status=201
        )
        body = {"name": "Shirts", "parent_id": top["id"]}
        await merchant.send("POST", "/categories", body, status=201)
        await all_kinds(merchant)
        await attribute(merchant, "collar", "text", category="clothing/shirts", product_type="Shirt")

    @pytest.mark.parametrize(("layout", "count"), [("shopify", 2), ("inventory", 3)])
    async def test_comes_back_and_changes_nothing(
        self, app: Api, client: httpx.AsyncClient, layout: str, count: int
    ) -> None:
        merchant = await self.stocked(app, client)
        who, store = merchant.account, merchant.store
        before = (await merchant.send("GET", "/products?sort=name"))["items"]
        taken = await exported(client, who, store, f"format={layout}")
        job = await imported(app, client, who, store, taken, query=f"format={layout}")
        assert outcome(job) == result(unchanged=count)
        assert (job["result"]["unmatched_categories"], job["result"]["unmatched_attributes"]) == ({}, {})
        assert await exported(client, who, store, f"format={layout}") == taken
        assert (await merchant.send("GET", "/products?sort=name"))["items"] == before

    @pytest.mark.parametrize("layout", ["shopify", "inventory"])
    async def test_moves_to_a_store_that_is_sorted_alike(
        self, app: Api, client: httpx.AsyncClient, layout: str
    ) -> None:
        merchant, other = await self.stocked(app, client), await open_shop(client)
        await self.sorts(other)
        taken = await exported(client, merchant.account, merchant.store, f"format={layout}")
        await imported(app, client, other.account, other.store, taken, query=f"format={layout}")
        assert await exported(client, other.account, other.store, f"format={layout}") == taken
        (found,) = (await other.send("GET", "/products?category=clothing&attribute=weight:-1..0&sku=S"))[
            "items"
        ]
        shown = (await client.get(f"/api/v1/products/{found['id']}")).json()
        assert values(shown)["maker"] == "=Ada; & sons"
        assert shown["variants"][0]["offers"][0]["compare_at_price"]["amount"] == "7.50"

    async def test_is_told_in_the_columns_of_each_format(self, app: Api, client: httpx.AsyncClient) -> None:
        merchant = await self.stocked(app, client)
        shirt, *_, cup = rows(await exported(client, merchant.account, merchant.store, "format=inventory"))
        assert (shirt["category"], shirt["compare_at_price"], shirt["attribute:care"]) == (
            "clothing/shirts",
            "7.50",
            "wash; iron",
        )
        assert (shirt["attribute:weight"], shirt["attribute:maker"]) == ("'-0.5", "'=Ada; & sons")
        assert (cup["category"], cup["attribute:care"], cup["attribute:color"]) == ("", "wash", "")
        first, second, *_ = rows(await exported(client, merchant.account, merchant.store))
        assert first["Product Category"] == "Clothing & more > Shirts"
        assert first["Organic (product.metafields.custom.organic)"] == "true"
        assert second["Organic (product.metafields.custom.organic)"] == ""
        sent = [row["Image Src"] for row in (first, second)]
        assert sent[0] == "https://img.example/1.jpg"
        assert (await client.get(sent[1].partition("8000")[2] or sent[1])).status_code == 200

    async def test_changes_by_a_file(self, app: Api, client: httpx.AsyncClient) -> None:
        merchant = await self.stocked(app, client)
        head = b"sku,price,inventory_quantity,category,attribute:color,attribute:nothing\n"
        file = head + b"CUP,,,clothing,blue,\nS,,,garden,red,\nL,,,,,x\n"
        job = await imported(app, client, merchant.account, merchant.store, file, query="format=inventory")
        assert outcome(job) == result(updated=1, rejected=2)
        assert await refused_rows(client, merchant.account, job) == [
            ("3", "unknown_category"),
            ("4", "unknown_attribute"),
        ]
        (cup,) = (await merchant.send("GET", "/products?attribute=color:blue&category=clothing"))["items"]
        assert (cup["title"], cup["price"]["amount"]) == ("Cup", "1.00")
        seen = await merchant.send("GET", f"/products/{cup['id']}")
        assert {one["code"]: one["value"] for one in seen["attributes"]} == {
            "color": "blue",
            "care": ["wash"],
        }

    async def test_keeps_sent_pictures_when_links_change(self, app: Api, client: httpx.AsyncClient) -> None:
        merchant = await self.stocked(app, client)
        taken = await exported(client, merchant.account, merchant.store)
        changed = taken.replace(b"img.example/1.jpg", b"img.example/2.jpg")
        job = await imported(app, client, merchant.account, merchant.store, changed, query="format=shopify")
        assert outcome(job) == result(updated=1, unchanged=1)
        again = await exported(client, merchant.account, merchant.store)
        sent, linked = [row["Image Src"] for row in rows(again) if row["Image Src"]]
        assert linked == "https://img.example/2.jpg"
        assert sent == next(row["Image Src"] for row in rows(taken) if "/media/" in row["Image Src"])

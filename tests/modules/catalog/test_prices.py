"""Bulk prices over HTTP: what changes, what is refused, and that it is written down."""

from typing import Any

import httpx
import pytest

from shoplytics.modules.catalog.schemas import BulkFilter
from shoplytics.modules.catalog.service import ProductSearch
from tests.builders import register, store_of
from tests.modules.catalog.merchants import Merchant

BULK = "/products/bulk-price"
TEXTS = ("q", "category", "name", "description", "sku")
LISTS = ("tag", "vendor", "product_type")
NOT_OF_A_STORE = {"store", "currency", "sort", "limit", "cursor", "total", "facets"}


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    account = await register(client)
    return Merchant(client, account, await store_of(client, account, currency="GBP"))


async def prices(merchant: Merchant) -> dict[str, tuple[str | None, str | None]]:
    """Price and compare-at price by SKU."""
    offers = (await merchant.send("GET", "/offers?limit=100"))["items"]
    return {
        offer["sku"]: tuple(offer[name] and offer[name]["amount"] for name in ("price", "compare_at_price"))
        for offer in offers
    }


async def offer_path(merchant: Merchant, sku: str) -> str:
    (offer,) = (await merchant.send("GET", f"/offers?sku={sku}"))["items"]
    return f"/offers/{offer['id']}"


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    return told["matched"], told["changed"], told["unchanged"], told["refused"]


class TestBulkPrice:
    async def test_raises_by_percent_rounding_half_up_and_is_audited(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        cup = await merchant.product(sku="CUP", price="0.05", tags=["tea"])
        await merchant.product(title="Plate", sku="PLATE", price="19.99", tags=["tea"])
        await merchant.product(title="Other", sku="OTHER", price="1.00")
        body = {"increase_percent": "10", "filter": {"tag": ["tea"]}, "dry_run": True}
        seen = await merchant.send("POST", BULK, body)
        assert (counts(seen), seen["products"], seen["dry_run"]) == ((2, 2, 0, 0), 2, True)
        assert (await prices(merchant))["CUP"] == ("0.05", None)
        done = await merchant.send("POST", BULK, body | {"dry_run": False})
        assert done["examples"] == seen["examples"]
        assert [(one["before"]["amount"], one["after"]["amount"]) for one in done["examples"]] == [
            ("0.05", "0.06"),
            ("19.99", "21.99"),
        ]
        assert await prices(merchant) == {
            "CUP": ("0.06", None),
            "PLATE": ("21.99", None),
            "OTHER": ("1.00", None),
        }
        shown = (await client.get("/api/v1/products?sku=CUP")).json()["items"]
        assert shown[0]["price"]["amount"] == "0.06"
        assert (await merchant.send("GET", f"/products/{cup['id']}"))["version"] > cup["version"]
        row = (await merchant.send("GET", "/audit-log"))["items"][0]
        offer = cup["variants"][0]["offers"][0]["id"]
        assert row["action"] == "products.bulk-price"
        assert (row["before"]["prices"][offer]["amount"], row["after"]["prices"][offer]["amount"]) == (
            "0.05",
            "0.06",
        )
        assert row["after"]["asked"]["increase_percent"] == "10"

    async def test_names_what_it_cannot_change(self, merchant: Merchant) -> None:
        await merchant.product(title="Cent", sku="CENT", price="0.01")
        await merchant.product(title="Dear", sku="DEAR", price="9999999999.99")
        await merchant.product(title="Unpriced", sku="NONE")
        lowered = await merchant.send("POST", BULK, {"increase_percent": "-90", "filter": {}})
        assert counts(lowered) == (3, 1, 0, 2)
        assert {(one["sku"], one["code"]) for one in lowered["refusals"]} == {
            ("CENT", "would_be_zero"),
            ("NONE", "no_price"),
        }
        raised = await merchant.send("POST", BULK, {"increase_percent": "1000", "filter": {"sku": "DEAR"}})
        assert [one["code"] for one in raised["refusals"]] == ["out_of_range"]
        assert (await prices(merchant))["DEAR"] == ("1000000000.00", None)

    async def test_sets_the_prices_of_chosen_products_and_keeps_the_old_beside(
        self, merchant: Merchant
    ) -> None:
        options = [{"name": "Size", "values": ["S", "L"]}]
        variants = [{"options": {"Size": size}, "sku": size, "price": price} for size, price in
                    (("S", "4.00"), ("L", "6.00"))]  # fmt: skip
        tee = await merchant.product(title="Tee", options=options, variants=variants)
        await merchant.product(title="Other", sku="OTHER", price="1.00")
        body = {"set": "5.00", "ids": [tee["id"]], "compare_at": "old_price"}
        first = await merchant.send("POST", BULK, body, Idempotency_Key="once")
        again = await merchant.send("POST", BULK, body, Idempotency_Key="once")
        assert first == again
        assert counts(first) == (2, 2, 0, 0)
        assert await prices(merchant) == {
            "S": ("5.00", None),
            "L": ("5.00", "6.00"),
            "OTHER": ("1.00", None),
        }
        assert counts(await merchant.send("POST", BULK, body)) == (2, 0, 2, 0)

    @pytest.mark.parametrize("compare_at", ["keep", "old_price"])
    async def test_never_leaves_a_compare_at_price_that_is_not_above(
        self, merchant: Merchant, compare_at: str
    ) -> None:
        for sku, beside in (("OVER", "12.00"), ("EVEN", "13.00"), ("BELOW", "13.01")):
            await merchant.product(title=sku, sku=sku, price="10.00", compare_at_price=beside)
        await merchant.product(title="NONE", sku="NONE")
        await merchant.send("PATCH", await offer_path(merchant, "NONE"), {"compare_at_price": "12.00"})
        body = {"filter": {}, "compare_at": compare_at}
        await merchant.send("POST", BULK, body | {"set": "13.00"})
        kept = "13.01" if compare_at == "keep" else None
        assert await prices(merchant) == {
            "OVER": ("13.00", None),
            "EVEN": ("13.00", None),
            "BELOW": ("13.00", kept),
            "NONE": ("13.00", None),
        }

    async def test_makes_free_what_is_set_to_nothing(self, merchant: Merchant) -> None:
        await merchant.product(sku="CUP", price="1.00")
        assert counts(await merchant.send("POST", BULK, {"set": "0", "filter": {}})) == (1, 1, 0, 0)
        assert await prices(merchant) == {"CUP": ("0.00", None)}

    async def test_leaves_offers_of_other_stores_products(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        account = await register(client)
        owner = Merchant(client, account, await store_of(client, account, currency="GBP"))
        product = await owner.product(price="5.00", marketplace=True)
        body = {"variant_id": product["variants"][0]["id"], "price": "4.00", "sku": "MINE"}
        await merchant.send("POST", "/offers", body, status=201)
        choices: list[dict[str, object]] = [{"filter": {}}, {"ids": [product["id"]]}]
        for chosen in choices:
            assert counts(await merchant.send("POST", BULK, {"set": "1"} | chosen)) == (0, 0, 0, 0)

    async def test_finds_products_as_the_stores_own_list_does(self, merchant: Merchant) -> None:
        await merchant.send("POST", "/categories", {"name": "Tea"}, status=201)
        await merchant.send(
            "POST", "/attributes", {"code": "grade", "name": "Grade", "kind": "number"}, status=201
        )
        for sku, grade, quantity in (("LOW", 1, 5), ("FINE", 4, 5), ("GONE", 4, 0)):
            await merchant.product(
                title=sku,
                sku=sku,
                price="1.00",
                category="tea",
                attributes={"grade": grade},
                quantity=quantity,
            )
        await merchant.product(title="Cup", sku="CUP", price="1.00", attributes={"grade": 4}, quantity=5)
        wanted = {"category": "tea", "attribute": ["grade:3..5"], "quantity_gte": 1}
        told = await merchant.send("POST", BULK, {"set": "2.00", "filter": wanted})
        assert [one["sku"] for one in told["examples"]] == ["FINE"]
        listed = {name for name in ProductSearch.__struct_fields__ if name not in NOT_OF_A_STORE}
        assert set(BulkFilter.__struct_fields__) == listed

    async def test_leaves_other_stores_alone(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        account = await register(client)
        other = Merchant(client, account, await store_of(client, account, currency="GBP"))
        theirs = await other.product(sku="X", price="3.00")
        told = await merchant.send("POST", BULK, {"set": "1", "ids": [theirs["id"]]})
        assert counts(told) == (0, 0, 0, 0)
        assert await prices(other) == {"X": ("3.00", None)}

    @pytest.mark.parametrize(
        ("body", "pointers"),
        [
            ({}, ["/set", "/ids"]),
            ({"set": "1", "increase_percent": "1", "filter": {}}, ["/set"]),
            ({"set": "1", "filter": {}, "ids": []}, ["/ids"]),
            ({"set": "-1", "filter": {}}, ["/set"]),
            ({"increase_percent": "-100", "filter": {}}, ["/increase_percent"]),
            ({"increase_percent": "1001", "filter": {}}, ["/increase_percent"]),
            ({"increase_percent": "1e3", "filter": {}}, ["/increase_percent"]),
            ({"set": "1", "filter": {"name": "--"}}, ["/filter/name"]),
            ({"set": "1", "filter": {"nmae": "cup"}}, ["/filter/nmae"]),
            *(({"set": "1", "filter": {name: ""}}, [f"/filter/{name}"]) for name in TEXTS),
            *(({"set": "1", "filter": {name: " "}}, [f"/filter/{name}"]) for name in TEXTS),
            *(({"set": "1", "filter": {name: []}}, [f"/filter/{name}"]) for name in LISTS),
            *(({"set": "1", "filter": {name: [" "]}}, [f"/filter/{name}/0"]) for name in LISTS),
            *(
                ({"set": "1", "filter": {name: None}}, [f"/filter/{name}"])
                for name in BulkFilter.__struct_fields__
            ),
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, merchant: Merchant, body: dict[str, object], pointers: list[str]
    ) -> None:
        problem = await merchant.send("POST", BULK, body, status=400)
        assert [error["pointer"] for error in problem["errors"]] == pointers

"""Attributes: values that fit their definitions, and lists found by them."""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.modules.catalog.merchants import Merchant, open_shop

MIGRATION = Path(__file__).parents[3] / "migrations" / "versions" / "0018_numbers.py"


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def attribute(merchant: Merchant, code: str, kind: str, **more: object) -> Any:  # noqa: ANN401 - JSON
    body = {"code": code, "name": code.title(), "kind": kind} | more
    return await merchant.send("POST", "/attributes", body, status=201)


async def all_kinds(merchant: Merchant) -> None:
    await attribute(merchant, "color", "choice", choices=["red", "blue", "green"], position=2)
    await attribute(merchant, "care", "choices", choices=["wash", "iron"], position=3)
    await attribute(merchant, "weight", "number", unit="kg", position=1)
    await attribute(merchant, "organic", "boolean", position=4)
    await attribute(merchant, "made", "date", position=5)
    await attribute(merchant, "maker", "text", position=6)


FULL = {
    "color": "red",
    "care": ["iron", "wash"],
    "weight": 1.5,
    "organic": True,
    "made": "2026-03-01",
    "maker": " Ada ",
}


def values(product: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {one["code"]: one["value"] for one in product["attributes"]}


class TestValues:
    async def test_are_shown_with_name_and_unit_in_their_order(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await all_kinds(merchant)
        made = await merchant.product(attributes=FULL, price="1")
        shown = (await client.get(f"/api/v1/products/{made['id']}")).json()["attributes"]
        assert shown == made["attributes"]
        assert shown[0] == {"code": "weight", "name": "Weight", "kind": "number", "unit": "kg", "value": 1.5}
        assert values(made) == FULL | {"care": ["wash", "iron"], "maker": "Ada"}
        assert [one["code"] for one in shown] == ["weight", "color", "care", "organic", "made", "maker"]

    async def test_change_by_code(self, merchant: Merchant) -> None:
        await all_kinds(merchant)
        made = await merchant.product(attributes={"color": "red", "weight": 2})
        path = f"/products/{made['id']}"
        sent = {"attributes": {"color": None, "organic": False}}
        assert values(await merchant.send("PATCH", path, sent)) == {"weight": 2, "organic": False}
        kept = await merchant.send("PATCH", path, {"title": "Other"})
        assert values(kept) == {"weight": 2, "organic": False}

    async def test_that_do_not_fit_are_refused_all_at_once(self, merchant: Merchant) -> None:
        await all_kinds(merchant)
        await attribute(merchant, "origin", "text", required=True)
        wrong = {
            "color": "pink",
            "care": ["wash", "wash"],
            "weight": "heavy",
            "organic": 1,
            "made": "March",
            "maker": " ",
            "a/b": "x",
        }
        problem = await merchant.send("POST", "/products", {"title": "X", "attributes": wrong}, status=400)
        assert {error["pointer"]: error["code"] for error in problem["errors"]} == {
            "/attributes/color": "invalid_choice",
            "/attributes/care": "invalid_choice",
            "/attributes/weight": "invalid_type",
            "/attributes/organic": "invalid_type",
            "/attributes/made": "invalid_format",
            "/attributes/maker": "too_short",
            "/attributes/a~1b": "unknown_attribute",
            "/attributes/origin": "required",
        }
        made = await merchant.product(attributes={"origin": "York"})
        await merchant.send("PATCH", f"/products/{made['id']}", {"attributes": {"origin": None}}, status=400)

    async def test_belong_to_a_category_with_what_is_under_it_or_a_type(self, merchant: Merchant) -> None:
        top = await merchant.send("POST", "/categories", {"name": "Top"}, status=201)
        await merchant.send("POST", "/categories", {"name": "Low", "parent_id": top["id"]}, status=201)
        await merchant.send("POST", "/categories", {"name": "Top shelf"}, status=201)
        await attribute(merchant, "fit", "text", category="top")
        await attribute(merchant, "roast", "text", product_type="Coffee")
        made = await merchant.product(category="top/low", attributes={"fit": "slim"})
        assert values(made) == {"fit": "slim"}
        await merchant.product(product_type="Coffee", attributes={"roast": "dark"})
        for body in (
            {"category": "top-shelf", "attributes": {"fit": "slim"}},
            {"attributes": {"fit": "slim"}},
            {"product_type": "Tea", "attributes": {"roast": "dark"}},
        ):
            await merchant.send("POST", "/products", {"title": "X"} | body, status=400)
        moved = await merchant.send("PATCH", f"/products/{made['id']}", {"category": "top-shelf"})
        assert values(moved) == {}
        back = await merchant.send("PATCH", f"/products/{made['id']}", {"category": "top"})
        assert values(back) == {"fit": "slim"}


class TestDefinitions:
    async def test_keep_the_choices_that_products_have(self, merchant: Merchant) -> None:
        color = await attribute(merchant, "color", "choice", choices=["red", "blue", "green"])
        await merchant.product(attributes={"color": "red"})
        path = f"/attributes/{color['id']}"
        problem = await merchant.send("PATCH", path, {"choices": ["blue"]}, status=409)
        assert (problem["code"], problem["products"]) == ("choice_in_use", 1)
        body = {"choices": ["blue", "red"], "name": "Hue"}
        changed = await merchant.send("PATCH", path, body, If_Match=f'"{color["version"]}"')
        assert (changed["choices"], changed["name"]) == (["blue", "red"], "Hue")
        await merchant.send("PATCH", path, body, status=412, If_Match=f'"{color["version"]}"')

    async def test_lose_no_choice_to_a_product_that_comes_meanwhile(self, merchant: Merchant) -> None:
        color = await attribute(merchant, "color", "choice", choices=["red", "blue"])
        body = {"title": "X", "attributes": {"color": "red"}}
        made, cut = await asyncio.gather(
            merchant.attempt("POST", "/products", body),
            merchant.attempt("PATCH", f"/attributes/{color['id']}", {"choices": ["blue"]}),
        )
        assert (made.status_code, cut.status_code) in {(201, 409), (400, 200)}

    async def test_come_back_with_the_values_that_products_kept(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        color = await attribute(merchant, "color", "choice", choices=["red"])
        made = await merchant.product(attributes={"color": "red"}, price="1")
        path = f"/attributes/{color['id']}"
        found = "/api/v1/products?attribute=color:red"
        assert len((await client.get(found)).json()["items"]) == 1
        await merchant.send("DELETE", path, status=204)
        assert values((await client.get(f"/api/v1/products/{made['id']}")).json()) == {}
        assert (await client.get(found)).json()["items"] == []
        again = {"code": "color", "name": "Color", "kind": "number"}
        assert (await merchant.send("POST", "/attributes", again, status=409))["code"] == "kind_kept"
        await merchant.send("POST", f"{path}/restore")
        assert values((await client.get(f"/api/v1/products/{made['id']}")).json()) == {"color": "red"}
        assert len((await client.get(found)).json()["items"]) == 1
        assert (await merchant.send("POST", "/attributes", again, status=409))["code"] == "code_taken"
        await merchant.send("PATCH", path, {"filterable": False})
        assert (await client.get(found)).json()["items"] == []

    async def test_refuse_choices_that_do_not_fit_their_kind(self, merchant: Merchant) -> None:
        for body in ({"kind": "choice"}, {"kind": "text", "choices": ["x"]}, {"kind": "colour"}):
            await merchant.send("POST", "/attributes", {"code": "x", "name": "X"} | body, status=400)

    async def test_of_another_store_are_not_found(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        color = await attribute(merchant, "color", "text")
        other = await open_shop(client)
        for method in ("GET", "PATCH", "DELETE"):
            await other.send(
                method, f"/attributes/{color['id']}", {} if method == "PATCH" else None, status=404
            )
        await other.send("POST", "/products", {"title": "X", "attributes": {"color": "x"}}, status=400)


class TestLists:
    async def test_are_found_by_values_and_ranges(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await all_kinds(merchant)
        for title, weight, color, made in (
            ("a", 1.0, "red", "2026-01-01"),
            ("b", 2.5, "blue", "2026-02-01"),
            ("c", 5, "green", "2026-03-01"),
        ):
            sent = {"weight": weight, "color": color, "made": made, "care": ["wash"]}
            await merchant.product(title=title, price="1", attributes=sent)
        await merchant.product(title="d", price="1")
        for query, titles in (
            ("attribute=color:red", "a"),
            ("attribute=color:red&attribute=color:blue", "ab"),
            ("attribute=color:red&attribute=color:blue&attribute=weight:2..", "b"),
            ("attribute=weight:1..2.5", "ab"),
            ("attribute=weight:..1", "a"),
            ("attribute=weight:5", "c"),
            ("attribute=made:2026-02-01..", "bc"),
            ("attribute=care:wash&attribute=color:green", "c"),
            ("attribute=care:iron", ""),
            ("attribute=color:1..5", ""),
            *((f"attribute=weight:{one}", "c") for one in ("5.0", "5.00", "5e0", "05")),
            ("attribute=weight:2.50", "b"),
            ("attribute=weight:5.0&attribute=weight:1", "ac"),
            ("attribute=weight:5.0&attribute=color:green", "c"),
            ("attribute=weight:7", ""),
            ("attribute=weight:2026-01-01..", ""),
        ):
            answer = await client.get(f"/api/v1/products?{query}&sort=name")
            assert answer.status_code == 200, answer.text
            assert "".join(item["title"] for item in answer.json()["items"]) == titles, query
        own = await merchant.send("GET", "/products?attribute=weight:2..&total=true")
        assert own["total"] == 2
        for wrong in ("color", ":red", "color:", "weight:5..1", "made:2026-02-01..2026-01-01"):
            assert (await client.get(f"/api/v1/products?attribute={wrong}")).status_code == 400

    async def test_find_a_text_that_looks_like_a_range_as_their_facet_says(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await merchant.send(
            "POST", "/attributes", {"code": "note", "name": "Note", "kind": "text"}, status=201
        )
        await merchant.product(title="a", price="1", attributes={"note": "3..5"})
        await merchant.product(title="b", price="1", attributes={"note": "4"})
        found = (await client.get("/api/v1/products?attribute=note:3..5&facets=true")).json()
        assert [item["title"] for item in found["items"]] == ["a"]

    async def test_count_a_number_as_one_however_it_was_written(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await attribute(merchant, "len", "number")
        for sent in (1, 1.0, 1e6, 0.25, -0.0):
            await merchant.product(title="a", price="1", attributes={"len": sent})
        facets = (await client.get("/api/v1/products?facets=true")).json()["facets"]
        values = {one["value"]: one["count"] for one in facets["attributes"][0]["values"]}
        assert values == {"1": 2, "1000000": 1, "0.25": 1, "0": 1}
        for asked, total in (("1.0", 2), ("1000000.0", 1), ("1e6", 1), ("2.5e-1", 1), ("-0", 1)):
            found = (await client.get(f"/api/v1/products?attribute=len:{asked}&total=true")).json()
            assert found["total"] == total, asked

    async def test_count_numbers_as_one_that_were_kept_before(
        self, client: httpx.AsyncClient, merchant: Merchant, owner_url: str
    ) -> None:
        await attribute(merchant, "len", "number")
        await attribute(merchant, "maker", "text")
        for _ in range(2):
            await merchant.product(title="a", price="1", attributes={"len": 1, "maker": "1.0"})
        owner = await asyncpg.connect(owner_url)
        old = """{"len": 1.00, "maker": "1.0"}"""
        made = "update catalog_product set attributes = $1, facts = catalog_facts(store_id, $1) where id ="
        await owner.execute(f"{made} (select id from catalog_product limit 1)", old)
        await owner.execute(runpy.run_path(str(MIGRATION))["PLAIN_NUMBERS"])
        await owner.close()
        facets = (await client.get("/api/v1/products?facets=true")).json()["facets"]["attributes"]
        values = {one["code"]: one["values"] for one in facets}
        assert values["len"] == [{"value": "1", "count": 2}]
        assert values["maker"] == [{"value": "1.0", "count": 2}]

"""What lists could be narrowed by: counted right, with the filters in use and without their own."""

from typing import Any

import httpx
import pytest

from shoplytics.adapters.postgres.catalog import facets, lists
from shoplytics.api import Api
from shoplytics.kernel.access import DbRole
from tests.modules.catalog.merchants import Merchant, open_shop

PUBLIC = "/api/v1/products"


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    """Six cups, the last of them a draft."""
    shop = await open_shop(client)
    for code, kind in (("color", "text"), ("care", "text"), ("weight", "number")):
        body = {"code": code, "name": code.title(), "kind": kind, "position": 1}
        await shop.send("POST", "/attributes", body, status=201)
    top = await shop.send("POST", "/categories", {"name": "Cups"}, status=201)
    await shop.send("POST", "/categories", {"name": "Mugs", "parent_id": top["id"]}, status=201)
    await shop.send("POST", "/categories", {"name": "Empty"}, status=201)
    for number, (color, care, tags) in enumerate(
        [
            ("red", "wash", ["old", "sale"]),
            ("red", "wipe", ["sale"]),
            ("blue", "wash", ["sale"]),
            ("blue", "wash", []),
            ("pea: green", "wipe", []),
            ("red", "wash", ["sale"]),
        ]
    ):
        await shop.product(
            title=f"Cup {number}",
            price=str(10 + number),
            quantity=number % 2,
            vendor="Ada" if number else "",
            product_type="Cup",
            category="cups/mugs" if number < 2 else "cups",
            tags=tags,
            featured=number == 0,
            attributes={"color": color, "care": care, "weight": number},
            active=number < 5,
        )
    return shop


async def facets_of(client: httpx.AsyncClient, **query: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await client.get(PUBLIC, params={"facets": "true", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["facets"]


def counts(values: Any) -> dict[Any, int]:  # noqa: ANN401 - JSON
    return {one["value"]: one["count"] for one in values}


def by_code(found: Any) -> dict[str, dict[str, int]]:  # noqa: ANN401 - JSON
    return {one["code"]: counts(one["values"]) for one in found["attributes"]}


class TestFacets:
    async def test_count_what_the_list_shows(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        found = await facets_of(client, store=str(merchant.store), limit=1)
        paths = [(one["path"], one["name"], one["count"]) for one in found["categories"]]
        assert paths == [("cups", "Cups", 5), ("cups/mugs", "Mugs", 2)]
        assert found["tags"] == [{"value": "sale", "count": 3}, {"value": "old", "count": 1}]
        assert (counts(found["vendors"]), counts(found["product_types"])) == ({"Ada": 4}, {"Cup": 5})
        assert by_code(found) == {
            "color": {"red": 2, "blue": 2, "pea: green": 1},
            "care": {"wash": 3, "wipe": 2},
            "weight": {"0": 1, "1": 1, "2": 1, "3": 1, "4": 1},
        }
        assert {one["name"] for one in found["attributes"]} == {"Color", "Care", "Weight"}
        assert (counts(found["in_stock"]), counts(found["featured"])) == (
            {False: 3, True: 2},
            {False: 4, True: 1},
        )
        assert found["complete"] is True

    async def test_are_there_only_when_asked_for(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        for query in ("", "?facets=false"):
            assert set((await client.get(f"{PUBLIC}{query}")).json()) == {"items", "next_cursor"}
        assert (await client.get(f"{PUBLIC}?facets=some")).status_code == 400
        page = (await client.get(f"{PUBLIC}?facets=true&total=true&limit=2")).json()
        assert (len(page["items"]), page["total"]) == (2, 5)
        following = {"facets": "true", "limit": 2, "cursor": page["next_cursor"]}
        again = (await client.get(PUBLIC, params=following)).json()
        assert again["facets"] == page["facets"]
        assert {one["id"] for one in again["items"]}.isdisjoint(one["id"] for one in page["items"])

    async def test_of_nothing_are_empty(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        page = (await client.get(f"{PUBLIC}?facets=true&q=saucer")).json()
        assert page["items"] == []
        assert page["facets"]["tags"] == page["facets"]["attributes"] == page["facets"]["categories"] == []

    async def test_leave_their_own_filter_out(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        asked = {"store": str(merchant.store), "category": "cups/mugs", "attribute": "color:red"}
        found = await facets_of(client, **asked, in_stock="true")
        assert [(one["path"], one["count"]) for one in found["categories"]] == [
            ("cups", 1),
            ("cups/mugs", 1),
        ]
        assert counts(found["in_stock"]) == {False: 1, True: 1}
        assert by_code(found) == {"color": {"red": 1}, "care": {"wipe": 1}, "weight": {"1": 1}}

    async def test_of_attributes_leave_out_their_own_code_alone(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        found = by_code(await facets_of(client, attribute=["color:red", "care:wash"]))
        assert found == {
            "color": {"red": 1, "blue": 2},
            "care": {"wash": 1, "wipe": 1},
            "weight": {"0": 1},
        }
        either = by_code(
            await facets_of(
                client, attribute=["color:red", "color:blue", "care:wash", "care:wipe", "weight:1..2"]
            )
        )
        assert either == {
            "color": {"red": 1, "blue": 1},
            "care": {"wash": 1, "wipe": 1},
            "weight": {"0": 1, "1": 1, "2": 1, "3": 1},
        }
        ranges = by_code(await facets_of(client, attribute=["weight:1..2", "color:blue"]))
        assert (ranges["weight"], ranges["color"]) == ({"2": 1, "3": 1}, {"red": 1, "blue": 1})

    async def test_of_tags_keep_theirs(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        assert counts((await facets_of(client, tag="old"))["tags"]) == {"old": 1, "sale": 1}

    async def test_of_vendors_and_types_offer_alternatives(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await merchant.product(title="Plate", vendor="Eve", product_type="Plate")
        found = await facets_of(client, vendor="Eve")
        assert counts(found["vendors"]) == {"Ada": 4, "Eve": 1}
        assert counts(found["product_types"]) == {"Plate": 1}
        found = await facets_of(client, vendor=["Eve", "Ada"], product_type="Cup")
        assert counts(found["vendors"]) == {"Ada": 4}
        assert counts(found["product_types"]) == {"Cup": 4, "Plate": 1}
        for query, total in (("vendor=ada", 0), ("vendor=Ada&vendor=Eve", 5), ("product_type=Plate", 1)):
            assert (await client.get(f"{PUBLIC}?total=true&{query}")).json()["total"] == total
            own = await merchant.send("GET", f"/products?total=true&{query}")
            assert own["total"] == total + ("Ada" in query)

    async def test_of_prices_are_ranges_to_filter_by(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        for query in ({"store": str(merchant.store)}, {"currency": "GBP", "price_gte": "12"}):
            ranges = (await facets_of(client, **query))["prices"]
            assert [one["low"]["amount"] for one in ranges] == ["10.00", "11.00", "12.00", "13.00", "14.00"]
            for one in ranges:
                sent = {"price_gte": one["low"]["amount"], "price_lte": one["high"]["amount"]}
                asked = {"currency": "GBP", "total": "true", **sent}
                listed = (await client.get(PUBLIC, params=asked)).json()
                assert listed["total"] == one["count"] == 1
        assert (await facets_of(client))["prices"] is None

    async def test_of_ratings_count_from_so_many_stars_up(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            rate = "update catalog_product set rating = $2 where title = $1"
            for title, rating in (("Cup 0", 4), ("Cup 1", 3.99), ("Cup 2", 1)):
                await work.raw.execute(rate, title, rating)
            await work.commit()
        assert counts((await facets_of(client, rating_gte=4))["ratings"]) == {4: 1, 3: 2, 2: 2, 1: 3}

    async def test_leave_out_what_a_sort_by_price_does(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await merchant.product(title="Gift", vendor="Eve")
        query = {"store": str(merchant.store)}
        assert "Eve" in counts((await facets_of(client, **query))["vendors"])
        assert "Eve" not in counts((await facets_of(client, **query, sort="price"))["vendors"])

    async def test_stop_where_they_say(
        self, client: httpx.AsyncClient, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(facets, "LOOKED_AT", 3)
        monkeypatch.setattr(facets, "MOST", 2)
        lists.list_statement.cache_clear()
        found = await facets_of(client)
        lists.list_statement.cache_clear()
        assert found["complete"] is False
        assert counts(found["product_types"]) == {"Cup": 2}
        assert "old" not in counts(found["tags"])

    async def test_follow_a_renamed_category(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        async def names() -> list[str]:
            return [one["name"] for one in (await facets_of(client))["categories"]]

        assert await names() == ["Cups", "Mugs"]
        tree = (await merchant.send("GET", "/categories"))["items"]
        await merchant.send("PATCH", f"/categories/{tree[0]['id']}", {"name": "Vessels"})
        assert await names() == ["Vessels", "Mugs"]


class TestOwnFacets:
    async def test_count_drafts(self, merchant: Merchant) -> None:
        for query in ("", "&q=cup"):
            found = (await merchant.send("GET", f"/products?facets=true{query}"))["facets"]
            assert counts(found["product_types"]) == {"Cup": 6}
            assert by_code(found)["color"] == {"red": 3, "blue": 2, "pea: green": 1}
            assert len(found["prices"]) == 5
        found = (await merchant.send("GET", "/products?facets=true&attribute=color:red"))["facets"]
        assert by_code(found)["color"] == {"red": 3, "blue": 2, "pea: green": 1}

    async def test_know_nothing_of_other_stores(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        other = await open_shop(client)
        await other.product(title="Cup", tags=["foreign"], product_type="Plate")
        for query in ("", "&q=cup"):
            found = (await merchant.send("GET", f"/products?facets=true{query}"))["facets"]
            assert counts(found["product_types"]) == {"Cup": 6}
        found = await facets_of(client, store=str(merchant.store))
        assert "foreign" not in counts(found["tags"])
        assert "foreign" in counts((await facets_of(client))["tags"])

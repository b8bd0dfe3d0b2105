"""Lists as shoppers and merchants ask for them: searched, sorted, filtered."""

import httpx
import pytest

from shoplytics.adapters.postgres.catalog import lists
from shoplytics.api import Api
from shoplytics.kernel.access import DbRole
from tests.builders import register, store_of
from tests.modules.catalog.merchants import Merchant

PUBLIC = "/api/v1/products"


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    account = await register(client)
    return Merchant(client, account, await store_of(client, account, currency="GBP"))


async def titles(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    """Of every page, one product a page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(PUBLIC, params={"limit": 1, **query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item["title"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


class TestSearch:
    async def test_lists_the_best_match_first_and_of_equals_the_more_popular(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        await merchant.product(title="Kettle", description="Goes with any copper pan.")
        popular = await merchant.product(title="Copper bowl")
        await merchant.product(title="Copper tray")
        await merchant.product(title="Copper pan, copper lid")
        await merchant.product(title="Wooden spoon")
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            popularity = "update catalog_product set popularity = 9 where id = $1"
            await work.raw.execute(popularity, popular["id"])
            await work.commit()
        wanted = ["Copper pan, copper lid", "Copper bowl", "Copper tray", "Kettle"]
        assert await titles(client, q="copper") == wanted
        assert await titles(client, q="copper", sort="name") == sorted(wanted)

    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("copper pans", True),
            ("copper pa", True),
            ("PA", True),
            ("coppe pan", False),
            ('"copper lid"', False),
            ('"copper pan"', True),
            ("copper -pan", False),
            ("copper or glass", True),
            ("&|! ' pa", True),
        ],
    )
    async def test_takes_words_in_any_form_and_the_last_one_begun(
        self, client: httpx.AsyncClient, merchant: Merchant, q: str, *, found: bool
    ) -> None:
        await merchant.product(title="Copper pan lid")
        assert await titles(client, q=q) == (["Copper pan lid"] if found else [])

    async def test_refuses_relevance_where_nothing_is_looked_for(self, client: httpx.AsyncClient) -> None:
        for query in ("sort=-relevance", "sort=relevance&q=a"):
            assert (await client.get(f"{PUBLIC}?{query}")).status_code == 400

    async def test_ranks_no_more_than_it_says(
        self, client: httpx.AsyncClient, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lists, "RANKED", 2)
        lists.list_statement.cache_clear()
        for number in range(3):
            await merchant.product(title=f"Cup {number}")
        assert len(await titles(client, q="cup")) == 2
        lists.list_statement.cache_clear()


class TestFewAndMany:
    """Few matches are sorted, many met on the way along the index of the sort: the same list either way."""

    @pytest.mark.parametrize("sort", ["name", "-created_at", "-popularity"])
    @pytest.mark.parametrize(
        "query",
        [
            "tag=sale",
            "q=cup",
            "name=cup",
            "attribute=color:red",
            "category=cups",
            "tag=sale&q=cup",
            "price_gte=4.99&price_lte=5",
        ],
    )
    async def test_list_the_same(
        self,
        client: httpx.AsyncClient,
        merchant: Merchant,
        monkeypatch: pytest.MonkeyPatch,
        query: str,
        sort: str,
    ) -> None:
        body = {"code": "color", "name": "Color", "kind": "text"}
        await merchant.send("POST", "/attributes", body, status=201)
        await merchant.send("POST", "/categories", {"name": "Cups"}, status=201)
        wanted = {"tags": ["sale"], "category": "cups", "attributes": {"color": "red"}, "price": "5"}
        for number in (2, 1, 3):
            await merchant.product(title=f"Cup {number}", **wanted)
        await merchant.product(title="Cup draft", active=False, **wanted)
        await merchant.product(title="Saucer")
        addresses = (f"/products?{query}&sort={sort}", f"/products?{query}&sort={sort}&limit=2&total=true")
        few = [await merchant.send("GET", address) for address in addresses]
        shown = await titles(client, store=str(merchant.store), sort=sort, **dict(httpx.QueryParams(query)))
        monkeypatch.setattr(lists, "FEW", 2)
        lists.list_statement.cache_clear()
        many = [await merchant.send("GET", address) for address in addresses]
        fresh = {"store": str(merchant.store), "sort": sort, "in_stock": "false"}
        assert await titles(client, **fresh, **dict(httpx.QueryParams(query))) == shown
        lists.list_statement.cache_clear()
        assert many == few
        assert (len(few[0]["items"]), few[1]["total"], len(shown)) == (4, 4, 3)


class TestOwnList:
    async def test_finds_what_is_not_published(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        draft = await merchant.product(title="Secret cup", tags=["new"], active=False)
        for query in ("q=secret", "tag=new", "name=secret", "q=cup&sort=name&total=true"):
            (item,) = (await merchant.send("GET", f"/products?{query}"))["items"]
            assert item["id"] == draft["id"]
            assert (await client.get(f"{PUBLIC}?{query}")).json()["items"] == []
        await merchant.send("PATCH", f"/products/{draft['id']}", {"active": True, "title": "Open cup"})
        assert (await merchant.send("GET", "/products?q=secret"))["items"] == []
        assert await titles(client, q="open") == ["Open cup"]
        await merchant.send("DELETE", f"/products/{draft['id']}", status=204)
        assert (await merchant.send("GET", "/products?q=open"))["items"] == []

    async def test_filters_by_what_is_left(self, merchant: Merchant) -> None:
        for quantity in (0, 3, 8):
            await merchant.product(title=f"With {quantity}", price="5", quantity=quantity)
        found = await merchant.send("GET", "/products?quantity_gte=1&quantity_lte=3&price_gte=4")
        assert [item["title"] for item in found["items"]] == ["With 3"]


class TestSortKeys:
    async def test_follow_the_product_into_its_search(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        cheap = await merchant.product(title="Cup one", price="5", quantity=0)
        await merchant.product(title="Cup two", price="6", quantity=1)
        await merchant.send(
            "PATCH", f"/products/{cheap['id']}", {"price": "7", "quantity": 2, "featured": True}
        )
        assert await titles(client, q="cup", sort="price", currency="GBP") == ["Cup two", "Cup one"]
        assert await titles(client, q="cup", in_stock="true", featured="true") == ["Cup one"]

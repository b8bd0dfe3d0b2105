"""Categories: trees that stay trees, and products that lie in them."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from shoplytics.kernel.errors import Invalid
from shoplytics.modules.catalog.domain import (
    MAX_DEPTH,
    Category,
    CategoryCycle,
    CategorySlugTaken,
    CategoryTree,
    ParentDeleted,
)
from tests.builders import Account, register
from tests.modules.catalog.merchants import Merchant, open_shop

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def planted(*paths: str) -> tuple[CategoryTree, dict[str, Category]]:
    """A tree by its paths, parents first."""
    tree, by_path = CategoryTree([]), dict[str, Category]()
    for path in paths:
        above, _, slug = path.rpartition("/")
        parent = by_path[above].id if above else None
        made = Category(store_id=None, name=slug, slug=slug, parent_id=parent, created_at=NOW, updated_at=NOW)
        tree.add(made, position=None)
        by_path[path] = made
    return tree, by_path


class TestCategoryTree:
    def test_moves_a_branch_with_its_paths_and_closes_the_gap(self) -> None:
        tree, by = planted("a", "a/x", "a/x/y", "a/z", "b")
        tree.move(by["a/x"], parent_id=by["b"].id, position=None)
        assert (by["a/x"].path, by["a/x/y"].path) == ("b/x", "b/x/y")
        assert (by["a/x"].position, by["a/z"].position) == (1, 1)

    def test_orders_siblings_densely(self) -> None:
        tree, by = planted("a", "b", "c")
        tree.move(by["c"], parent_id=None, position=1)
        assert [one.slug for one in tree.children(None)] == ["c", "a", "b"]
        tree.move(by["c"], parent_id=None, position=999)
        assert [(one.slug, one.position) for one in tree.children(None)] == [("a", 1), ("b", 2), ("c", 3)]

    def test_refuses_a_circle(self) -> None:
        tree, by = planted("a", "a/b", "a/b/c")
        for under in ("a", "a/b", "a/b/c"):
            with pytest.raises(CategoryCycle):
                tree.move(by["a"], parent_id=by[under].id, position=None)

    def test_refuses_a_slug_that_a_sibling_has(self) -> None:
        tree, by = planted("a", "a/x", "b", "b/x")
        with pytest.raises(CategorySlugTaken):
            tree.move(by["b/x"], parent_id=by["a"].id, position=None)
        with pytest.raises(CategorySlugTaken):
            tree.rename(by["a"], slug="b")

    def test_refuses_to_grow_too_deep(self) -> None:
        paths = ["a"]
        for _ in range(MAX_DEPTH - 1):
            paths.append(f"{paths[-1]}/a")
        tree, by = planted(*paths)
        deepest = Category(
            store_id=None, name="a", slug="a", parent_id=by[paths[-1]].id, created_at=NOW, updated_at=NOW
        )
        with pytest.raises(Invalid) as refused:
            tree.add(deepest, position=None)
        assert [error.code for error in refused.value.errors] == ["too_deep"]

    def test_brings_back_a_branch_under_the_new_path_of_its_parent(self) -> None:
        tree, by = planted("a", "a/b", "a/b/c")
        gone = tree.remove(by["a/b"], now=NOW)
        assert [one.slug for one in gone] == ["b", "c"]
        later = CategoryTree([by["a"]])
        later.rename(by["a"], slug="z")
        later.restore(by["a/b"], [by["a/b/c"]])
        assert [one.path for one in later.under(by["a"])] == ["z", "z/b", "z/b/c"]
        with pytest.raises(ParentDeleted):
            CategoryTree([]).restore(by["a/b"], [])


class Platform:
    """The platform's administrator at work on its tree."""

    def __init__(self, client: httpx.AsyncClient, account: Account) -> None:
        self._client = client
        self._account = account

    async def category(self, name: str, under: Any = None) -> Any:  # noqa: ANN401 - JSON
        answer = await self._client.post(
            "/api/v1/admin/categories",
            json={"name": name, "parent_id": under and under["id"]},
            headers=self._account.headers,
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def delete(self, category: Any) -> None:  # noqa: ANN401 - JSON
        path = f"/api/v1/admin/categories/{category['id']}"
        assert (await self._client.delete(path, headers=self._account.headers)).status_code == 204


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


@pytest.fixture
async def platform(client: httpx.AsyncClient, owner_url: str) -> Platform:
    admin = await register(client)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("update identity_user set platform_admin = true where id = $1", admin.user_id)
    await owner.close()
    return Platform(client, admin)


async def category(merchant: Merchant, name: str, under: Any = None, **more: object) -> Any:  # noqa: ANN401
    body = {"name": name, "parent_id": under and under["id"], **more}
    return await merchant.send("POST", "/categories", body, status=201)


async def titles(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/api/v1/products?{query}&sort=name")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


class TestCategories:
    async def test_are_read_by_anyone_in_the_order_of_the_tree(
        self, client: httpx.AsyncClient, merchant: Merchant, platform: Platform
    ) -> None:
        clothing = await category(merchant, "Clothing & more")
        await category(merchant, "Trousers", clothing)
        await category(merchant, "Shirts", clothing, position=1)
        await category(merchant, "Books", position=1)
        await platform.category("Household")
        own = (await client.get(f"/api/v1/categories?store={merchant.store}")).json()["items"]
        assert [(one["path"], one["depth"], one["position"]) for one in own] == [
            ("books", 1, 1),
            ("clothing-more", 1, 2),
            ("clothing-more/shirts", 2, 1),
            ("clothing-more/trousers", 2, 2),
        ]
        everyones = (await client.get("/api/v1/categories")).json()["items"]
        assert [(one["name"], one["store_id"]) for one in everyones] == [("Household", None)]
        assert (await merchant.send("GET", "/categories"))["items"] == own
        await merchant.send("PATCH", "", {"active": False})
        await merchant.catch_up()
        assert (await client.get(f"/api/v1/categories?store={merchant.store}")).json()["items"] == []

    async def test_carry_their_branch_along(self, merchant: Merchant) -> None:
        clothing, books = [await category(merchant, name) for name in ("Clothing", "Books")]
        shirts = await category(merchant, "Shirts", clothing)
        formal = await category(merchant, "Formal", shirts)
        path = f"/categories/{shirts['id']}"
        body = {"parent_id": books["id"], "slug": "tops"}
        moved = await merchant.send("PATCH", path, body, If_Match=f'"{shirts["version"]}"')
        assert moved["path"] == "books/tops"
        below = await merchant.send("GET", f"/categories/{formal['id']}")
        assert (below["path"], below["version"]) == ("books/tops/formal", 2)
        await merchant.send("PATCH", path, {"name": "Late"}, status=412, If_Match=f'"{shirts["version"]}"')
        problem = await merchant.send("PATCH", path, {"parent_id": formal["id"]}, status=409)
        assert problem["code"] == "category_cycle"
        top = await merchant.send("PATCH", path, {"parent_id": None, "position": 1})
        assert (top["path"], top["position"]) == ("tops", 1)

    async def test_moved_at_once_make_no_circle(self, merchant: Merchant) -> None:
        one, other = [await category(merchant, name) for name in ("One", "Other")]
        answers = await asyncio.gather(
            *(
                merchant.attempt("PATCH", f"/categories/{low['id']}", {"parent_id": high["id"]})
                for low, high in ((one, other), (other, one)) * 3
            )
        )
        assert {answer.status_code for answer in answers} == {200, 409}
        tree = (await merchant.send("GET", "/categories"))["items"]
        assert sorted(found["depth"] for found in tree) == [1, 2]

    async def test_give_their_products_to_the_category_above(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        top = await category(merchant, "Top")
        low = await category(merchant, "Low", top)
        lowest = await category(merchant, "Lowest", low)
        made = await merchant.product(category="top/low/lowest", price="1")
        assert made["category"] == {"id": lowest["id"], "name": "Lowest", "path": "top/low/lowest"}
        await merchant.send("DELETE", f"/categories/{low['id']}", status=204)
        shown = (await client.get(f"/api/v1/products/{made['id']}")).json()
        assert shown["category"]["path"] == "top"
        await merchant.send("GET", f"/categories/{lowest['id']}", status=404)
        restored = await merchant.send("POST", f"/categories/{low['id']}/restore")
        assert restored["path"] == "top/low"
        assert (await merchant.send("GET", f"/categories/{lowest['id']}"))["path"] == "top/low/lowest"
        await merchant.send("DELETE", f"/categories/{top['id']}", status=204)
        assert (await merchant.send("GET", f"/products/{made['id']}"))["category"] is None

    async def test_keep_no_product_that_came_while_they_went(self, merchant: Merchant) -> None:
        low = await category(merchant, "Low")
        answers = await asyncio.gather(
            *(merchant.attempt("POST", "/products", {"title": "X", "category": "low"}) for _ in range(4)),
            merchant.attempt("DELETE", f"/categories/{low['id']}"),
            *(merchant.attempt("POST", "/products", {"title": "X", "category": "low"}) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} <= {201, 204, 400}
        listed = (await merchant.send("GET", "/products"))["items"]
        assert {item["category_id"] for item in listed} <= {None}

    async def test_find_products_with_all_that_is_under_them(
        self, client: httpx.AsyncClient, merchant: Merchant, platform: Platform
    ) -> None:
        clothing = await platform.category("Clothing")
        shirts = await platform.category("Shirts", clothing)
        await platform.category("Clothing for pets")
        own = await category(merchant, "Clothing")
        for title, where in (
            ("shirt", shirts["id"]),
            ("coat", clothing["id"]),
            ("leash", "clothing-for-pets"),
            ("own", "clothing"),
            ("none", None),
        ):
            await merchant.product(title=title, price="1", category=where)
        assert await titles(client, "category=clothing") == ["coat", "shirt"]
        assert await titles(client, f"category={clothing['id']}") == ["coat", "shirt"]
        assert await titles(client, "category=clothing/shirts") == ["shirt"]
        assert await titles(client, f"category={own['id']}") == ["own"]
        assert await titles(client, f"category=clothing&store={merchant.store}") == ["coat", "own", "shirt"]
        assert await titles(client, "category=shirts") == []
        listed = await merchant.send("GET", "/products?category=clothing&total=true")
        assert listed["total"] == 3

    async def test_of_the_platform_are_out_of_a_stores_reach(
        self, merchant: Merchant, platform: Platform, client: httpx.AsyncClient
    ) -> None:
        everyones = await platform.category("Clothing")
        path = f"/categories/{everyones['id']}"
        for method, where, body in (
            ("GET", path, None),
            ("PATCH", path, {"name": "Mine"}),
            ("DELETE", path, None),
            ("POST", f"{path}/restore", None),
        ):
            await merchant.send(method, where, body, status=404)
        problem = await merchant.send(
            "POST", "/categories", {"name": "x", "parent_id": everyones["id"]}, status=400
        )
        assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/parent_id", "unknown_category")]
        other = await open_shop(client)
        foreign = await category(other, "Theirs")
        problem = await merchant.send(
            "POST", "/products", {"title": "x", "category": foreign["id"]}, status=400
        )
        assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/category", "unknown_category")]

    async def test_are_kept_from_a_store_by_the_database_too(
        self, merchant: Merchant, platform: Platform, owner_url: str
    ) -> None:
        everyones = await platform.category("Clothing")
        changes = (
            "update catalog_category set name = 'x' where id = $1",
            f"update catalog_category set store_id = '{merchant.store}' where id = $1",
            "delete from catalog_category where id = $1",
        )
        owner = await asyncpg.connect(owner_url)
        for change in changes:
            transaction = owner.transaction()
            await transaction.start()
            await owner.execute("set local role shop_store")
            await owner.execute(f"set local app.store_ids = '{{{merchant.store}}}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(change, UUID(everyones["id"]))
            await transaction.rollback()
        await owner.close()

    async def test_of_the_platform_leave_every_store(
        self, client: httpx.AsyncClient, merchant: Merchant, platform: Platform
    ) -> None:
        top = await platform.category("Top")
        low = await platform.category("Low", top)
        made = await merchant.product(price="1", category=low["id"])
        before = (await client.get(f"/api/v1/products/{made['id']}")).headers["ETag"]
        await platform.delete(low)
        shown = await client.get(f"/api/v1/products/{made['id']}")
        assert shown.json()["category"]["id"] == top["id"]
        assert shown.headers["ETag"] != before

"""The catalogue on PostgreSQL: lists that neither skip nor repeat, one statement each, and exact stock."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from shoplytics.adapters.postgres.catalog import (
    PgCatalog,
    PgImports,
    PgPopularity,
    PgPublicCatalog,
    catalog_lookup,
)
from shoplytics.adapters.postgres.catalog.exports import page_statements
from shoplytics.adapters.postgres.catalog.lists import list_statements
from shoplytics.adapters.postgres.catalog.pricing import price_statements
from shoplytics.adapters.postgres.database import Plans
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import first_id_at
from shoplytics.modules.catalog.domain import NewProduct, NewVariant, Option, SkuTaken, StockChange
from shoplytics.modules.catalog.service import CatalogService, Popularity, ProductSearch, Storefront
from shoplytics.modules.catalog.tasks import forget_import_keys
from shoplytics.ports.catalog import ProductSummary
from shoplytics.ports.sales import LineFact, OrderFact, OrdersRecorded
from shoplytics.ports.tenancy import StoreFacts
from shoplytics.ports.tracking import ProductVisits, VisitsRecorded

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def facts(name: str = "Tea & Co", *, active: bool = True, store_id: UUID | None = None) -> StoreFacts:
    return StoreFacts(
        id=store_id or uuid4(),
        name=name,
        slug="tea",
        currency="GBP",
        timezone="UTC",
        active=active,
        low_stock_threshold=3,
    )


def product(store: StoreFacts, number: int, **changes: Any) -> NewProduct:  # noqa: ANN401 - any field
    title = changes.pop("title", f"Cup {number}")
    variant = NewVariant(
        options={},
        position=1,
        sku=changes.pop("sku", f"CUP-{number}"),
        price=changes.pop("price", 100 + number % 7),
        quantity=changes.pop("quantity", number % 3),
    )
    return NewProduct(
        store_id=store.id,
        title=title,
        slug=f"cup-{number}",
        actor="system",
        now=NOW + timedelta(seconds=number // 4),
        published_at=NOW,
        variants=changes.pop("variants", [variant]),
        **changes,
    )


@dataclass
class Shop:
    """One store's catalogue, each call in a unit of work of its own."""

    infra: Infra
    store: StoreFacts

    async def add(self, *products: NewProduct) -> None:
        async with self.infra.database.work(DbRole.STORE, store_ids=[self.store.id]) as work:
            catalog = PgCatalog(work, link=str)
            await catalog.known_store(self.store)
            for one in products:
                await catalog.add(one, store=self.store)
            await work.commit()

    async def move(self, offer_id: UUID, *, adjust: int | None = None, to: int | None = None) -> bool:
        async with self.infra.database.work(DbRole.STORE, store_ids=[self.store.id]) as work:
            change = StockChange(
                store_id=self.store.id,
                offer_id=offer_id,
                reason="count",
                actor="system",
                adjust=adjust,
                to=to,
            )
            done = await PgCatalog(work, link=str).move_stock(change, now=NOW) is not None
            await work.commit()
        return done


@pytest.fixture
def shop(infra: Infra) -> Shop:
    return Shop(infra, facts())


@pytest.fixture
def storefront(infra: Infra) -> Storefront:
    return Storefront(catalog=PgPublicCatalog(infra.database, link=str))


async def walk(storefront: Storefront, **search: Any) -> list[ProductSummary]:  # noqa: ANN401 - any filter
    """Every page, one after the other."""
    found: list[ProductSummary] = []
    cursor = None
    while True:
        page = await storefront.products(ProductSearch(cursor=cursor, limit=7, **search))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def titles(found: Sequence[ProductSummary]) -> set[str]:
    return {item.title for item in found}


class TestListing:
    @pytest.mark.parametrize("way", ["", "-"])
    @pytest.mark.parametrize("sort", ["created_at", "price", "name", "popularity", "rating"])
    async def test_walks_every_product_once_in_order(
        self, shop: Shop, storefront: Storefront, sort: str, way: str
    ) -> None:
        await shop.add(*(product(shop.store, number) for number in range(30)))
        found = await walk(storefront, sort=way + sort, currency="GBP")
        assert len(found) == len({item.id for item in found}) == 30
        keys: list[Any] = [
            {
                "created_at": item.created_at,
                "price": item.price and item.price.minor,
                "name": item.title.lower(),
                "popularity": 0,
                "rating": 0,
            }[sort]
            for item in found
        ]
        assert keys == sorted(keys, reverse=way == "-")

    async def test_finds_what_each_filter_asks_for(self, shop: Shop, storefront: Storefront) -> None:
        await shop.add(
            product(shop.store, 1, title="Green teapots", tags=["tea", "gift"], quantity=0, price=900),
            product(shop.store, 2, title="Red cup", description="For hot tea", tags=["tea"], featured=True),
            product(shop.store, 3, title="Blue plate", active=False),
        )
        cases: list[tuple[dict[str, Any], set[str]]] = [
            ({"q": "teapot"}, {"Green teapots"}),
            ({"q": "tea"}, {"Green teapots", "Red cup"}),
            ({"tag": ["tea"]}, {"Green teapots", "Red cup"}),
            ({"tag": ["tea", "gift"]}, {"Green teapots"}),
            ({"name": "gre teap"}, {"Green teapots"}),
            ({"description": "hot"}, {"Red cup"}),
            ({"sku": "CUP-2"}, {"Red cup"}),
            ({"sku": "cup-2"}, set()),
            ({"in_stock": True}, {"Red cup"}),
            ({"featured": True}, {"Red cup"}),
            ({"price_gte": "5", "currency": "GBP"}, {"Green teapots"}),
            ({"price_lte": "8.99", "store": shop.store.id}, {"Red cup"}),
            ({"currency": "USD"}, set()),
            ({"store": uuid4()}, set()),
            ({"created_gte": "2026-03-02"}, set()),
            ({"created_lte": "2026-03-02T00:00:00Z"}, {"Green teapots", "Red cup"}),
        ]
        for search, expected in cases:
            assert titles(await walk(storefront, **search)) == expected, search

    async def test_counts_only_when_asked(self, shop: Shop, storefront: Storefront) -> None:
        await shop.add(*(product(shop.store, number) for number in range(9)))
        page = await storefront.products(ProductSearch(limit=2, total=True))
        assert (page.total, len(page.items)) == (9, 2)
        none = await storefront.products(ProductSearch(q="nothing", total=True))
        assert (none.total, none.items, none.next_cursor) == (0, [], None)

    async def test_sends_one_statement_for_a_list_and_for_a_detail(
        self, shop: Shop, storefront: Storefront
    ) -> None:
        one = product(shop.store, 1)
        await shop.add(one)
        await storefront.product(one.id)  # a new connection asks once what the types are
        sent: list[str] = []
        for plans in (Plans.AUTO, Plans.EACH):
            async with shop.infra.database.pool(DbRole.PUBLIC, plans=plans).acquire() as connection:
                connection.add_query_logger(lambda record: sent.append(record.query))
        sent.clear()
        await storefront.products(ProductSearch(q="cup", total=True))
        await storefront.product(one.id)
        await asyncio.sleep(0)  # asyncpg tells of a query a moment later
        assert len([query for query in sent if "catalog_product" in query]) == 2
        assert all("catalog_product" in query for query in sent)

    async def test_prepares_every_statement_it_can_put_together(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        for statement in (*list_statements(), *price_statements(), *page_statements()):
            await owner.prepare(statement)
        await owner.close()


class TestPublicDetail:
    async def test_changes_its_version_with_stock(self, shop: Shop, storefront: Storefront) -> None:
        one = product(shop.store, 1, quantity=5)
        await shop.add(one)
        before = await storefront.product(one.id)
        await shop.move(one.variants[0].offer_id, adjust=-1)
        after = await storefront.product(one.id)
        assert after.version != before.version
        assert after.variants[0].offers[0].available == 4

    async def test_keeps_options_with_their_variants(self, shop: Shop, storefront: Storefront) -> None:
        sizes = [NewVariant(options={"Size": size}, position=n, price=5) for n, size in enumerate("SML", 1)]
        one = product(shop.store, 1, options=[Option(name="Size", values=("S", "M", "L"))], variants=sizes)
        await shop.add(one)
        shown = await storefront.product(one.id)
        assert [variant.title for variant in shown.variants] == ["S", "M", "L"]
        assert shown.variants[0].offers[0].store_name == "Tea & Co"


class TestStock:
    async def test_is_exact_under_parallel_changes(self, shop: Shop) -> None:
        one = product(shop.store, 1, quantity=10)
        await shop.add(one)
        offer = one.variants[0].offer_id
        done = await asyncio.gather(*(shop.move(offer, adjust=-1) for _ in range(30)))
        assert sum(done) == 10
        pool = shop.infra.database.pool(DbRole.SYSTEM)
        assert await pool.fetchval("select on_hand from catalog_offer where id = $1", offer) == 0
        moved = await pool.fetch("select on_hand from catalog_stock_movement where offer_id = $1", offer)
        assert sorted(row[0] for row in moved) == list(range(11))
        assert await pool.fetchval("select in_stock from catalog_product where id = $1", one.id) is False

    async def test_sets_and_says_by_how_much(self, shop: Shop) -> None:
        one = product(shop.store, 1, quantity=10)
        await shop.add(one)
        await asyncio.gather(*(shop.move(one.variants[0].offer_id, to=number) for number in (3, 8, 5)))
        pool = shop.infra.database.pool(DbRole.SYSTEM)
        moved = await pool.fetchval("select sum(quantity) from catalog_stock_movement")
        assert moved == await pool.fetchval("select on_hand from catalog_offer")

    async def test_shows_the_cheapest_offer_in_stock(self, shop: Shop, storefront: Storefront) -> None:
        variants = [
            NewVariant(options={"Size": "S"}, position=1, sku="S", price=500, quantity=1),
            NewVariant(options={"Size": "L"}, position=2, sku="L", price=900, quantity=4),
        ]
        one = product(shop.store, 1, options=[Option(name="Size", values=("S", "L"))], variants=variants)
        await shop.add(one)
        assert (await storefront.products(ProductSearch())).items[0].sku == "S"
        await shop.move(variants[0].offer_id, to=0)
        shown = (await storefront.products(ProductSearch())).items[0]
        assert (shown.sku, shown.in_stock) == ("L", True)


class TestStoreChanged:
    async def test_ignores_what_is_older_than_known(self, shop: Shop, storefront: Storefront) -> None:
        await shop.add(product(shop.store, 1))
        async with shop.infra.database.work(DbRole.SYSTEM) as work:
            catalog = PgCatalog(work, link=str)
            await catalog.store_changed(facts("New name", store_id=shop.store.id), version=3)
            await catalog.store_changed(facts("Old name", active=False, store_id=shop.store.id), version=2)
            await work.commit()
        assert (await storefront.products(ProductSearch())).items[0].store_name == "New name"

    async def test_hides_the_products_of_an_inactive_store(self, shop: Shop, storefront: Storefront) -> None:
        await shop.add(product(shop.store, 1))
        async with shop.infra.database.work(DbRole.SYSTEM) as work:
            await PgCatalog(work, link=str).store_changed(
                facts(active=False, store_id=shop.store.id), version=2
            )
            await work.commit()
        assert (await storefront.products(ProductSearch())).items == []


def order(order_id: UUID, product_id: UUID, quantity: int, *, version: int, days_ago: int = 0) -> OrderFact:
    line = LineFact(
        position=1, product_id=product_id, variant_id=None, sku=None, title="Cup", quantity=quantity, net=1
    )
    return OrderFact(
        order_id=order_id, version=version, source="shopify", placed_at=utc_now() - timedelta(days=days_ago),
        currency="GBP", gross=1, discount=0, shipping=0, tax=0, total=1, refunded=0, counts=quantity > 0,
        paid=True, customer_id=None, session_id=None, lines=(line,),
    )  # fmt: skip


class TestPopularity:
    async def test_is_thirty_days_of_visits_and_ten_times_the_units_sold(self, shop: Shop) -> None:
        one, sold = product(shop.store, 1), uuid4()
        await shop.add(one)
        today = utc_now().date()

        async def told(*events: VisitsRecorded | OrdersRecorded) -> int | None:
            async with shop.infra.database.work(DbRole.SYSTEM) as work:
                popularity = Popularity(kept=PgPopularity(work), clock=utc_now)
                for event in events:
                    if isinstance(event, VisitsRecorded):
                        await popularity.count_visits(event)
                    else:
                        await popularity.count_sales(event)
                await popularity.forget(utc_now())
                await work.commit()
            pool = shop.infra.database.pool(DbRole.SYSTEM)
            return cast("int", await pool.fetchval("select popularity from catalog_product"))

        def visits(number: int, day: date, store_id: UUID = shop.store.id) -> VisitsRecorded:
            seen = (ProductVisits(product_id=one.id, visits=number),)
            return VisitsRecorded(store_id=store_id, day=day, visits=number, products=seen)

        def orders(*facts: OrderFact) -> OrdersRecorded:
            return OrdersRecorded(store_id=shop.store.id, orders=facts)

        assert await told(visits(5, today), visits(9, today, uuid4()), visits(9, date(2020, 1, 1))) == 5
        first = orders(order(sold, one.id, 2, version=1), order(uuid4(), one.id, 7, version=1, days_ago=40))
        assert await told(first, first) == 25
        assert await told(orders(order(sold, one.id, 3, version=3)), first) == 35
        assert await told(orders(order(sold, one.id, 0, version=4))) == 5
        async with shop.infra.database.work(DbRole.SYSTEM) as work:
            await Popularity(kept=PgPopularity(work), clock=utc_now).forget(utc_now() + timedelta(days=31))
            await work.commit()
        assert await told() == 0


class TestLookup:
    async def test_knows_the_stores_own_skus_and_titles(self, shop: Shop) -> None:
        one, other = product(shop.store, 1), Shop(shop.infra, facts())
        await shop.add(one)
        await other.add(product(other.store, 1))
        async with shop.infra.database.work(DbRole.SYSTEM) as work:
            lookup = catalog_lookup(work)
            found = await lookup.by_sku(store_id=shop.store.id, skus=["CUP-1", "CUP-9"])
            assert {sku: item.product_id for sku, item in found.items()} == {"CUP-1": one.id}
            assert await lookup.titles(store_id=other.store.id, product_ids=[one.id]) == {}
            assert await lookup.titles(store_id=shop.store.id, product_ids=[one.id]) == {one.id: "Cup 1"}

    async def test_keeps_a_sku_for_one_offer_of_a_store(self, shop: Shop) -> None:
        await shop.add(product(shop.store, 1))
        with pytest.raises(SkuTaken):
            await shop.add(product(shop.store, 2, sku="CUP-1"))


class TestImportKeys:
    async def test_of_jobs_long_over_are_forgotten_in_every_store(self, infra: Infra) -> None:
        old, young = first_id_at(NOW - timedelta(days=8)), first_id_at(NOW - timedelta(days=6))
        stores = [uuid4(), uuid4()]
        async with infra.database.work(DbRole.SYSTEM) as work:
            for store_id in stores:
                for job_id in (old, young):
                    await PgImports(work, link=str).note_keys(
                        store_id=store_id, job_id=job_id, lines={"sku:A": 2}
                    )
            service = WITH_WORK["catalog"](infra, work)
            assert isinstance(service, CatalogService)
            await forget_import_keys(NOW, service)
            left = await work.raw.fetch("select job_id from catalog_import_key")
        assert [row[0] for row in left] == [young, young]

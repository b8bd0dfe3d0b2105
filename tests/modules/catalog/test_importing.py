"""Imports against fakes: the last row wins, bad rows are named, and nothing is written twice."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest

from shoplytics.kernel.csv_rows import BadFile
from shoplytics.kernel.events import Event
from shoplytics.modules.catalog.domain import KnownOffer, KnownProduct, KnownVariant, Option, Plan
from shoplytics.modules.catalog.service import (
    CatalogImports,
    ImportProducts,
    ImportProgress,
    ImportReports,
    Layout,
    importing,
)
from tests.fakes import KeptAudit
from tests.modules.catalog.fakes import STORE, FakeImports, FakeObjects, FakeReports, FakeStores

INVENTORY = "name,sku,price,inventory_quantity\n"
SHOPIFY = (
    "Handle,Title,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Price,Image Src\n"
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Events:
    def __init__(self) -> None:
        self.told: list[Event] = []

    async def add(self, *events: Event, due: datetime | None = None) -> None:
        self.told += events


class NoJobs:
    """These tests are inside a job."""

    async def start(
        self, *, kind: str, payload: msgspec.Struct, store_id: UUID | None, user_id: UUID | None
    ) -> UUID:
        raise AssertionError


class Import:
    """One file through both readings."""

    def __init__(
        self, text: str, *, layout: Layout, known: FakeImports | None = None, dry_run: bool = False
    ) -> None:
        self.known = known or FakeImports()
        self.events = Events()
        self.errors: list[tuple[int, str]] = []
        self.asked = ImportProducts(
            key="file", store_id=STORE.id, layout=layout, dry_run=dry_run, actor="system"
        )
        self.service = CatalogImports(
            catalog=self.known,
            reports=ImportReports(reports=FakeReports(), public_url="https://shop.example"),
            stores=FakeStores(),
            audit=KeptAudit(),
            objects=FakeObjects(file=text.encode("utf-8", "surrogateescape")),
            jobs=NoJobs(),
            outbox=self.events,
            clock=lambda: NOW,
        )

    async def run(self) -> ImportProgress:
        job, done = uuid4(), ImportProgress()
        file = await self.service.open(asked=self.asked)
        async for part in file.parts(after_line=0):
            done, errors = await self.service.survey(asked=self.asked, job_id=job, part=part, before=done)
            self.errors += [(error.line, error.code) for error in errors]
        done = done.surveyed()
        async for part in file.parts(after_line=0):
            done, errors = await self.service.apply(asked=self.asked, job_id=job, part=part, before=done)
            self.errors += [(error.line, error.code) for error in errors]
        return done

    @property
    def plan(self) -> Plan:
        """Everything that was carried out."""
        whole = Plan()
        for plan in self.known.plans:
            whole.products += plan.products
            whole.offer_sets += plan.offer_sets
        return whole


def offer(sku: str, *, price: int = 100, on_hand: int = 5, reserved: int = 0) -> KnownOffer:
    return KnownOffer(
        id=uuid4(),
        product_id=uuid4(),
        sku=sku,
        price=price,
        compare_at=None,
        on_hand=on_hand,
        reserved=reserved,
    )


def tee() -> KnownProduct:
    """In two sizes."""
    variants = tuple(
        KnownVariant(id=uuid4(), options={"Size": size}, position=place, offer=offer(f"T-{size}"))
        for place, size in enumerate("SM", start=1)
    )
    return KnownProduct(
        id=uuid4(),
        slug="tee",
        title="Tee",
        description="",
        vendor="",
        product_type="",
        tags=(),
        published=True,
        active=True,
        options=(Option(name="Size", values=("S", "M")),),
        variants=variants,
        images=(),
    )


class TestInventory:
    async def test_names_each_kind_of_bad_row(self) -> None:
        rows = [
            "Good,A,1.00,5",
            "No SKU, ,1.00,5",
            "Bad price,B,abc,5",
            "Negative,C,-1.00,5",
            "Too exact,D,1.001,5",
            "Negative stock,E,1.00,-5",
            "Absurd stock,F,1.00,99999999999",
            "Half,G,1.00,1.5",
            "Ragged,H,1.00",
            "N\x00l,I,1.00,5",
            "Latin \udce9,J,1.00,5",
            f"Long,{'x' * 300},1.00,5",
            "Whole,K,1,5.0",
        ]
        run = Import(INVENTORY + "\n".join(rows), layout="inventory")
        done = await run.run()
        assert run.errors == [
            (3, "missing_sku"),
            (4, "bad_price"),
            (5, "bad_price"),
            (6, "bad_price"),
            (7, "bad_quantity"),
            (8, "bad_quantity"),
            (9, "bad_quantity"),
            (10, "ragged_row"),
            (11, "nul_byte"),
            (12, "wrong_encoding"),
            (13, "too_long"),
        ]
        assert (done.created, done.rejected, done.total) == (2, 11, 13)

    async def test_lets_the_last_row_win_however_far_apart(self) -> None:
        rows = "".join(f"n,S{number},1.00,1\n" for number in range(importing.ROWS_A_BATCH))
        known = FakeImports(offers={"A": offer("A", price=300, on_hand=3)})
        run = Import(INVENTORY + "n,A,2.00,2\n" + rows + "n,A,3.00,3\n", layout="inventory", known=known)
        done = await run.run()
        assert run.errors == [(importing.ROWS_A_BATCH + 3, "duplicate_sku")]
        assert (done.unchanged, done.updated, done.duplicates) == (1, 0, 1)
        assert all(not plan.offer_sets for plan in known.plans)

    async def test_changes_price_and_stock_of_what_is_known(self) -> None:
        known = FakeImports(offers={"A": offer("A"), "B": offer("B", on_hand=9, reserved=4)})
        run = Import(INVENTORY + "x,A,2.50,7\nx,B,1.00,3\n", layout="inventory", known=known)
        done = await run.run()
        (change,) = run.plan.offer_sets
        assert (change.price, change.on_hand, change.moved) == (250, 7, 2)
        assert run.errors == [(3, "below_reserved")]
        assert (done.updated, done.rejected) == (1, 1)
        assert len(run.events.told) == 1

    async def test_writes_and_tells_nothing_in_a_dry_run(self) -> None:
        run = Import(INVENTORY + "x,A,2.50,7\n", layout="inventory", dry_run=True)
        done = await run.run()
        assert (done.created, run.known.plans, run.events.told) == (1, [], [])

    async def test_gives_every_new_product_a_slug_of_its_own(self) -> None:
        known = FakeImports(slugs={"red-shirt"})
        rows = "Red Shirt,A,1,1\nRed Shirt,B,1,1\nBlue,C,1,1\nBlue,D,1,1\n,E,1,1\n"
        run = Import(INVENTORY + rows, layout="inventory", known=known)
        await run.run()
        assert [product.slug for product in run.plan.products] == [
            "red-shirt-a",
            "red-shirt-b",
            "blue",
            "blue-d",
            "e",
        ]

    async def test_refuses_a_file_without_its_columns(self) -> None:
        with pytest.raises(BadFile) as refused:
            await Import("name,price\nx,1\n", layout="inventory").run()
        assert refused.value.code == "missing_columns"


class TestShopify:
    async def test_groups_rows_into_products_with_variants_and_images(self) -> None:
        rows = [
            'tee,Tee,"a, b, a",true,Size,S,T-S,1,5.00,https://img.example/1.jpg',
            "tee,,,,,M,T-M,2,6.00,https://img.example/2.jpg",
            "tee,,,,,,,,,https://img.example/3.jpg",
            "mug,Mug,,false,Title,Default Title,,3,7.00,",
        ]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify")
        done = await run.run()
        tee, mug = run.plan.products
        assert [(v.title, v.sku, v.price, v.quantity) for v in tee.variants] == [
            ("S", "T-S", 500, 1),
            ("M", "T-M", 600, 2),
        ]
        assert (tee.tags, len(tee.images), tee.options[0].values) == (("a", "b"), 3, ("S", "M"))
        assert (mug.published_at, mug.options, mug.variants[0].title) == (None, (), "Default")
        assert (done.created, done.total) == (2, 4)

    async def test_keeps_the_good_rows_of_a_product(self) -> None:
        rows = [
            "tee,Tee,,true,Size,S,A,1,free,",
            "tee,,,,,M,A2,2,6.00,",
            "tee,,,,,M,A3,2,6.00,",
            "tee,,,,,,A4,2,6.00,",
            "tee,,,,,L,A5,2,6.00,ftp://img.example/1.jpg",
            "no handle!,X,,true,Title,Default Title,,1,1,",
            "lost,,,true,Title,Default Title,,1,1,",
        ]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify")
        done = await run.run()
        assert sorted(run.errors) == [
            (2, "bad_price"),
            (4, "duplicate_variant"),
            (5, "missing_option"),
            (6, "bad_image"),
            (7, "bad_handle"),
            (8, "missing_title"),
        ]
        assert [variant.title for variant in run.plan.products[0].variants] == ["M", "L"]
        assert (done.created, done.rejected) == (1, 6)

    async def test_keeps_a_sku_for_the_last_variant_that_names_it(self) -> None:
        rows = ["a,A,,true,,,SAME,1,1,", "b,B,,true,,,SAME,1,1,", "c,C,,true,,,TAKEN,1,1,"]
        known = FakeImports(offers={"TAKEN": offer("TAKEN")})
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify", known=known)
        await run.run()
        assert [product.variants[0].sku for product in run.plan.products] == [None, "SAME", None]
        assert run.errors == [(3, "duplicate_sku"), (4, "sku_taken")]

    async def test_refuses_every_row_of_a_handle_whose_rows_are_not_together(self) -> None:
        rows = ["a,A,,true,Size,S,,1,1,", "a,,,,,M,,1,1,", "b,B,,true,,,,1,1,", "a,,,,Size,L,,1,free,"]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify")
        done = await run.run()
        assert [product.title for product in run.plan.products] == ["B"]
        assert sorted(run.errors) == [
            (2, "handle_split"),
            (3, "handle_split"),
            (5, "bad_price"),
            (5, "handle_split"),
        ]
        assert (done.created, done.rejected, done.duplicates) == (1, 3, 0)

    async def test_refuses_a_split_handle_however_far_apart_its_rows_are(self) -> None:
        others = [f"h{number},H,,true,,,,1,1," for number in range(importing.ROWS_A_BATCH)]
        rows = ["a,A,,true,,,,1,1,", *others, "a,A,,true,,,,1,1,"]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify")
        done = await run.run()
        assert run.errors == [(2, "handle_split"), (importing.ROWS_A_BATCH + 3, "handle_split")]
        assert (done.created, done.rejected) == (importing.ROWS_A_BATCH, 2)

    async def test_changes_only_the_product_by_a_row_that_names_no_variant(self) -> None:
        known = FakeImports(products={"tee": tee()})
        run = Import("Handle,Title\ntee,Renamed\n", layout="shopify", known=known)
        done = await run.run()
        (plan,) = known.plans
        assert [(made.title, made.options) for made in plan.product_sets] == [("Renamed", tee().options)]
        assert (plan.variants, plan.offer_sets, run.errors, done.updated) == ([], [], [], 1)

    async def test_takes_a_row_with_an_option_but_no_value_as_of_the_product_only(self) -> None:
        known = FakeImports(products={"tee": tee()})
        rows = ["tee,Renamed,,true,Size,,,,,", "cap,Cap,,true,Size,,,,,"]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify", known=known)
        await run.run()
        assert run.errors == [(3, "no_variants")]
        assert known.plans[0].product_sets[0].title == "Renamed"

    async def test_drops_no_quantity_without_a_word(self) -> None:
        rows = ["tee,Tee,,true,Size,S,A,1,2,", "tee,,,,,,,5,,"]
        run = Import(SHOPIFY + "\n".join(rows), layout="shopify")
        await run.run()
        assert run.errors == [(3, "missing_option")]

    async def test_refuses_two_options_of_one_name(self) -> None:
        text = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\na,A,Size,S,size,M\n"
        run = Import(text, layout="shopify")
        done = await run.run()
        assert {code for _, code in run.errors} == {"duplicate_option", "no_variants"}
        assert (done.created, done.rejected) == (0, 1)

    async def test_does_not_guess_which_variant_a_price_is_for(self) -> None:
        known = FakeImports(products={"tee": tee()})
        run = Import("Handle,Title,Variant Price\ntee,Renamed,5\n", layout="shopify", known=known)
        await run.run()
        assert run.errors == [(2, "missing_option")]
        assert (known.plans[0].variants, known.plans[0].product_sets[0].title) == ([], "Renamed")

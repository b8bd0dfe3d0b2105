"""Categories, attributes and prices to compare with in files: the API's rules, each breach with its line."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from shoplytics.modules.catalog.domain import (
    Attribute,
    AttributeKind,
    AttributeValue,
    KnownOffer,
    KnownTraits,
    Place,
    Taxonomy,
)
from shoplytics.modules.catalog.service.cells import value_cell, value_text
from shoplytics.ports.catalog import ProductsChanged
from tests.modules.catalog.fakes import STORE, FakeImports
from tests.modules.catalog.test_importing import Import, offer, tee

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLOTHING, SHIRTS, PETS, CLOTHING_OF_ALL = (uuid4() for _ in range(4))
PLACES = [
    Place(id=CLOTHING, store_id=STORE.id, name="Clothing & more", path="clothing"),
    Place(id=SHIRTS, store_id=STORE.id, name="Shirts", path="clothing/shirts"),
    Place(id=CLOTHING_OF_ALL, store_id=None, name="Clothing", path="clothing"),
    Place(id=PETS, store_id=None, name="For pets", path="pets"),
]


def attribute(code: str, kind: AttributeKind, *choices: str, **more: object) -> Attribute:
    made = Attribute(
        store_id=STORE.id, code=code, name=code, kind=kind, choices=choices, created_at=NOW, updated_at=NOW
    )
    for name, value in more.items():
        setattr(made, name, value)
    return made


COLOR = attribute("color", AttributeKind.CHOICE, "red", "blue")
SIZE = attribute("size", AttributeKind.NUMBER, category_id=CLOTHING)
CARE = attribute("care", AttributeKind.CHOICES, "wash", "iron", "dry")


def known(
    *offers: KnownOffer, attributes: tuple[Attribute, ...] = (COLOR, SIZE, CARE), **traits: KnownTraits
) -> FakeImports:
    """Offers, and what is known of the products of those named by SKU."""
    by_sku = {one.sku or "": one for one in offers}
    return FakeImports(
        offers=by_sku,
        traits_of={by_sku[sku].product_id: found for sku, found in traits.items()},
        sorting=Taxonomy(PLACES, attributes),
    )


def traits(category_id: UUID | None = None, **attributes: AttributeValue) -> KnownTraits:
    return KnownTraits(title="Tee", product_type="", category_id=category_id, attributes=attributes)


class TestInventory:
    HEAD = (
        "name,sku,price,inventory_quantity,compare_at_price,category,"
        "attribute:color,Attribute:size,attribute: Care\n"
    )

    async def test_sorts_new_and_known_products(self) -> None:
        store = known(
            offer("A"), offer("B"), A=traits(color="blue"), B=traits(SHIRTS, size=3, care=["iron", "wash"])
        )
        rows = "n,A,1,5,,pets,red,,\nn,B,1,5,,clothing/shirts,,3.0,wash; iron\n"
        rows += "n,C,1,5,2,clothing,,4.5,dry;wash\n"
        run = Import(self.HEAD + rows, layout="inventory", known=store)
        done = await run.run()
        assert (run.errors, done.created, done.updated, done.unchanged) == ([], 1, 1, 1)
        (plan,) = store.plans
        (made,) = plan.traits.values()
        assert (made.category_id, made.attributes) == (PETS, {"color": "red"})
        (product,) = plan.products
        assert (product.category_id, product.attributes) == (CLOTHING, {"size": 4.5, "care": ["wash", "dry"]})
        assert product.variants[0].compare_at == 200
        changed = (product.id, store.offers["A"].product_id)
        (told,) = run.events.told
        assert isinstance(told, ProductsChanged)
        assert told.product_ids == changed

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (",garden,,,", "unknown_category"),
            (",,green,,", "invalid_choice"),
            (",,,4,", "unknown_attribute"),
            (",clothing,,many,", "invalid_type"),
            (",clothing,,1e400,", "out_of_range"),
            (",,,,wash;burn", "invalid_choice"),
            (",,,,wash;wash", "invalid_choice"),
            ("1,,,,", "not_above_price"),
            ("x,,,,", "bad_price"),
        ],
    )
    async def test_refuses_a_row_with_its_reason(self, row: str, code: str) -> None:
        for sku in "AB":
            store = known(offer("A"), A=traits())
            run = Import(f"{self.HEAD}n,{sku},1,5,{row}\n", layout="inventory", known=store)
            done = await run.run()
            assert (run.errors, done.rejected) == ([(2, code)], 1)
            assert not any(plan.size for plan in store.plans)

    async def test_refuses_a_new_product_that_lacks_what_is_required(self) -> None:
        color = attribute("color", AttributeKind.CHOICE, "red", required=True)
        store = known(offer("A"), attributes=(color, CARE), A=traits())
        rows = "n,A,1,6,,,,,\nn,B,1,5,,,,,\nn,A2,1,5,,,red,,\n"
        run = Import(self.HEAD + rows, layout="inventory", known=store)
        done = await run.run()
        assert (run.errors, done.created, done.updated) == ([(3, "required")], 1, 1)

    async def test_wants_what_is_required_of_a_known_product_whose_values_change(self) -> None:
        color = attribute("color", AttributeKind.CHOICE, "red", required=True)
        store = known(offer("A"), offer("B"), attributes=(color, CARE), A=traits(), B=traits(care=["wash"]))
        rows = "n,A,1,5,,,,,wash\nn,B,1,5,,,,,wash\n"
        run = Import(self.HEAD + rows, layout="inventory", known=store)
        done = await run.run()
        assert (run.errors, done.unchanged) == ([(2, "required")], 1)

    async def test_adds_up_what_several_rows_say_of_one_product(self) -> None:
        small, large = offer("S"), offer("L")
        large = KnownOffer(**{**vars(large), "product_id": small.product_id})
        store = known(small, large, S=traits())
        rows = "n,S,1,5,,pets,red,,\nn,L,1,5,,pets,red,,dry\n"
        run = Import(self.HEAD + rows, layout="inventory", known=store)
        done = await run.run()
        (made,) = store.plans[0].traits.values()
        assert (made.category_id, made.attributes) == (PETS, {"color": "red", "care": ["dry"]})
        assert (done.updated, done.unchanged) == (2, 0)

    async def test_leaves_products_of_another_store_as_they_are(self) -> None:
        store = known(offer("A"), offer("B"))
        run = Import(self.HEAD + "n,A,2,5,,pets,,,\nn,B,2,5,,,,,\n", layout="inventory", known=store)
        done = await run.run()
        assert (run.errors, done.updated) == ([(2, "of_another_store")], 1)

    async def test_keeps_the_category_it_has_where_both_trees_have_the_path(self) -> None:
        store = known(offer("A"), offer("B"), A=traits(CLOTHING_OF_ALL), B=traits())
        run = Import(
            self.HEAD + "n,A,1,5,,clothing,,,\nn,B,1,5,,clothing,,,\n", layout="inventory", known=store
        )
        done = await run.run()
        assert [one.category_id for one in store.plans[0].traits.values()] == [CLOTHING]
        assert (done.updated, done.unchanged) == (1, 1)

    async def test_takes_the_price_to_compare_with_away_by_zero(self) -> None:
        sale = KnownOffer(**{**vars(offer("A")), "compare_at": 300})
        store = known(sale)
        run = Import(self.HEAD + "n,A,3,5,,,,,\n", layout="inventory", known=store)
        await run.run()
        assert run.errors == [(2, "not_above_price")]
        run = Import(self.HEAD + "n,A,3,5,0,,,,\n", layout="inventory", known=store)
        await run.run()
        assert [(one.price, one.compare_at) for one in run.plan.offer_sets] == [(300, None)]


class TestShopify:
    HEAD = (
        "Handle,Title,Variant Price,Variant Compare At Price,Product Category,"
        "Colour (product.metafields.custom.color),Fabric (product.metafields.custom.fabric),"
        "Colour (product.metafields.shopify.color-pattern)\n"
    )

    @pytest.mark.parametrize(
        "text",
        ["clothing & MORE > Shirts", "Clothing>Shirts", "clothing/shirts", "Clothing & more >  shirts"],
    )
    async def test_finds_a_category_by_names_and_slugs(self, text: str) -> None:
        store = known()
        await Import(f"{self.HEAD}a,A,1,,{text},red,,x\n", layout="shopify", known=store).run()
        (made,) = store.plans[0].products
        assert (made.category_id, made.attributes) == (SHIRTS, {"color": "red"})

    async def test_leaves_aside_what_the_store_has_nothing_like(self) -> None:
        store = FakeImports(products={"tee": tee()}, sorting=Taxonomy(PLACES, (COLOR,)))
        odd = "".join(f"h{n},H,1,,Kind {n},,,\n" for n in range(30))
        rows = f"tee,Tee,,,Apparel > Shirts,,wool,\na,A,1,,Apparel > Shirts,,,\n{odd}"
        run = Import(self.HEAD + rows, layout="shopify", known=store)
        done = await run.run()
        assert (run.errors, done.rejected, done.created, done.unchanged) == ([], 0, 31, 1)
        assert done.unmatched_attributes == {"fabric": 1}
        assert (len(done.unmatched_categories), done.unmatched_categories["Apparel > Shirts"]) == (20, 2)

    async def test_uses_the_rest_of_a_row_with_a_value_that_does_not_fit(self) -> None:
        size = attribute("fabric", AttributeKind.CHOICE, "wool", required=True)
        store = known(attributes=(COLOR, size))
        rows = "a,A,1,,,green,wool,\nb,B,1,,,red,silk,\nc,C,2,1,,red,wool,\n"
        run = Import(self.HEAD + rows, layout="shopify", known=store)
        done = await run.run()
        assert run.errors == [
            (2, "invalid_choice"),
            (3, "invalid_choice"),
            (4, "not_above_price"),
            (4, "no_variants"),
        ]
        (made,) = store.plans[0].products
        assert (made.slug, made.attributes, done.created, done.rejected) == ("a", {"fabric": "wool"}, 1, 3)


class TestCells:
    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ("a; b", AttributeKind.TEXT),
            ("true", AttributeKind.TEXT),
            (-5, AttributeKind.NUMBER),
            (1e-07, AttributeKind.NUMBER),
            (123456789012345, AttributeKind.NUMBER),
            (0.1, AttributeKind.NUMBER),
            (False, AttributeKind.BOOLEAN),
            ("2026-03-01", AttributeKind.DATE),
            (["wash", "iron, hot"], AttributeKind.CHOICES),
            (["[a]", "b; c"], AttributeKind.CHOICES),
        ],
    )
    def test_give_back_every_value(self, value: AttributeValue, kind: AttributeKind) -> None:
        assert value_cell(value_text(value), kind) == value

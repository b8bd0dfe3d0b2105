"""Products as the two layouts that imports take: what leaves here, read again, changes nothing."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.kernel.money import text_of
from shoplytics.modules.catalog.domain import Attribute, KnownProduct, KnownVariant, Taxonomy
from shoplytics.modules.catalog.ports import ProductFilter, ProductPages
from shoplytics.modules.catalog.service.cells import value_text
from shoplytics.modules.catalog.service.importing import Layout
from shoplytics.modules.catalog.service.search import ProductSearch, query_of
from shoplytics.modules.catalog.service.sorting import NAMES

INVENTORY = ("name", "sku", "price", "compare_at_price", "inventory_quantity", "category")
SHOPIFY = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published",
    "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value",
    "Variant SKU", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy",
    "Variant Fulfillment Service", "Variant Price", "Variant Compare At Price",
    "Image Src", "Image Position", "Image Alt Text", "Status",
)  # fmt: skip
MOST_OPTIONS = 3
Rows = Iterator[Sequence[str]]


class ProductExports:
    """Needs no unit of work: an export may take longer than a transaction should."""

    def __init__(self, *, pages: ProductPages) -> None:
        self._pages = pages

    def products_csv(
        self, *, actor: Actor, store_id: UUID, layout: Layout, search: ProductSearch
    ) -> AsyncIterator[bytes]:
        """The oldest first; raises Invalid before the first row. `inventory` leaves out what has no SKU."""
        wanted = query_of(msgspec.structs.replace(search, store=store_id)).filters
        return self._csv(actor, store_id, layout, wanted)

    async def _csv(
        self, actor: Actor, store_id: UUID, layout: Layout, wanted: ProductFilter
    ) -> AsyncIterator[bytes]:
        within = tuple(actor.stores)
        taxonomy = await self._pages.taxonomy(store_id=store_id, within=within)
        known, column_of, rows_of = LAYOUTS[layout]
        yield csv_text([[*known, *(column_of(one) for one in taxonomy.attributes)]])
        async for page in self._pages.all_products(store_id=store_id, within=within, wanted=wanted):
            text = csv_text(
                row for product in page.products for row in rows_of(product, page.currency, taxonomy)
            )
            if text:
                yield text


def inventory_rows(product: KnownProduct, currency: str, taxonomy: Taxonomy) -> Rows:
    several = len(product.variants) > 1
    category, values = taxonomy.path(product.category_id), _values(product, taxonomy)
    for variant in product.variants:
        offer = variant.offer
        if offer is not None and offer.sku is not None:
            name = f"{product.title} - {_chosen(variant)}" if several else product.title
            prices = (_money(minor, currency) for minor in (offer.price, offer.compare_at))
            yield name, offer.sku, *prices, str(offer.on_hand), category, *values


def shopify_rows(product: KnownProduct, currency: str, taxonomy: Taxonomy) -> Rows:
    """One row a variant or image, whichever are more; what the product itself is stands on the first."""
    values, nothing = _values(product, taxonomy), [""] * len(taxonomy.attributes)
    for place in range(max(len(product.variants), len(product.images))):
        cells = {"Handle": product.slug}
        if place == 0:
            cells |= _head(product)
            cells["Product Category"] = NAMES.join(taxonomy.names(product.category_id))
        if place < len(product.variants):
            cells |= _variant(product, product.variants[place], currency)
        if place < len(product.images):
            image = product.images[place]
            cells |= {
                "Image Src": image.url,
                "Image Position": str(place + 1),
                "Image Alt Text": image.alt,
            }
        yield *(cells.get(column, "") for column in SHOPIFY), *(nothing if place else values)


def _values(product: KnownProduct, taxonomy: Taxonomy) -> list[str]:
    """A cell for each attribute; empty where the product has none, or the attribute does not apply to it."""
    if not product.attributes:
        return [""] * len(taxonomy.attributes)
    applying = {one.code for one in taxonomy.applying(product.category_id, product.product_type)}
    return [
        value_text(product.attributes[one.code])
        if one.code in applying and one.code in product.attributes
        else ""
        for one in taxonomy.attributes
    ]


def _inventory_column(attribute: Attribute) -> str:
    return f"attribute:{attribute.code}"


def _shopify_column(attribute: Attribute) -> str:
    return f"{attribute.name} (product.metafields.custom.{attribute.code})"


def _head(product: KnownProduct) -> dict[str, str]:
    names = [option.name for option in product.options] or ["Title"]
    return {
        "Title": product.title,
        "Body (HTML)": product.description,
        "Vendor": product.vendor,
        "Type": product.product_type,
        "Tags": ", ".join(product.tags),
        "Published": "true" if product.published else "false",
        "Status": "active" if product.active else "draft",
        **{f"Option{place} Name": name for place, name in enumerate(names[:MOST_OPTIONS], start=1)},
    }


def _variant(product: KnownProduct, variant: KnownVariant, currency: str) -> dict[str, str]:
    values = [variant.options.get(option.name, "") for option in product.options] or ["Default Title"]
    cells = {f"Option{place} Value": value for place, value in enumerate(values[:MOST_OPTIONS], start=1)}
    offer = variant.offer
    if offer is None:
        return cells
    return cells | {
        "Variant SKU": offer.sku or "",
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": str(offer.on_hand),
        "Variant Inventory Policy": "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": _money(offer.price, currency),
        "Variant Compare At Price": _money(offer.compare_at, currency),
    }


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else text_of(minor, currency)


def _chosen(variant: KnownVariant) -> str:
    return " / ".join(variant.options.values())


class _Written(NamedTuple):
    columns: Sequence[str]
    column_of: Callable[[Attribute], str]
    rows: Callable[[KnownProduct, str, Taxonomy], Rows]


LAYOUTS: dict[Layout, _Written] = {
    "inventory": _Written(INVENTORY, _inventory_column, inventory_rows),
    "shopify": _Written(SHOPIFY, _shopify_column, shopify_rows),
}

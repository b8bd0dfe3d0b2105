"""Products as the two layouts that imports take: what leaves here, read again, changes nothing."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.kernel.money import text_of
from shoplytics.modules.catalog.domain import KnownProduct, KnownVariant
from shoplytics.modules.catalog.ports import ProductFilter, ProductPages
from shoplytics.modules.catalog.service.importing import Layout
from shoplytics.modules.catalog.service.search import ProductSearch, query_of

INVENTORY = ("name", "sku", "price", "inventory_quantity")
SHOPIFY = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published",
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
        columns, rows_of = LAYOUTS[layout]
        yield csv_text([columns])
        within = tuple(actor.stores)
        async for page in self._pages.all_products(store_id=store_id, within=within, wanted=wanted):
            text = csv_text(row for product in page.products for row in rows_of(product, page.currency))
            if text:
                yield text


def inventory_rows(product: KnownProduct, currency: str) -> Rows:
    several = len(product.variants) > 1
    for variant in product.variants:
        offer = variant.offer
        if offer is not None and offer.sku is not None:
            name = f"{product.title} - {_chosen(variant)}" if several else product.title
            yield name, offer.sku, _money(offer.price, currency), str(offer.on_hand)


def shopify_rows(product: KnownProduct, currency: str) -> Rows:
    """One row a variant or image, whichever are more; what the product itself is stands on the first."""
    for place in range(max(len(product.variants), len(product.images))):
        cells = {"Handle": product.slug}
        if place == 0:
            cells |= _head(product)
        if place < len(product.variants):
            cells |= _variant(product, product.variants[place], currency)
        if place < len(product.images):
            image = product.images[place]
            cells |= {
                "Image Src": image.url,
                "Image Position": str(place + 1),
                "Image Alt Text": image.alt,
            }
        yield tuple(cells.get(column, "") for column in SHOPIFY)


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


LAYOUTS: dict[Layout, tuple[Sequence[str], Callable[[KnownProduct, str], Rows]]] = {
    "inventory": (INVENTORY, inventory_rows),
    "shopify": (SHOPIFY, shopify_rows),
}

"""Shopify's product CSV: the first row of a Handle carries the product, each more a variant or an image.

An empty cell keeps what is known. Columns: https://help.shopify.com/en/manual/products/import-export/using-csv
"""

import re
from collections.abc import Sequence

from shoplytics.kernel.csv_rows import CsvRow
from shoplytics.kernel.texts import tidy
from shoplytics.modules.catalog.domain import (
    MAX_VARIANTS,
    Option,
    WantedImage,
    WantedProduct,
    WantedVariant,
    clean_tags,
)
from shoplytics.modules.catalog.service.cells import (
    BadCell,
    filled,
    flag_cell,
    price_cell,
    quantity_cell,
    sku_cell,
    text_cell,
)
from shoplytics.modules.catalog.service.rich_text import rich_text
from shoplytics.ports.jobs import RowError

REQUIRED = ("Handle",)
OPTIONAL = (
    "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Status",
    "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value",
    "Variant SKU", "Variant Inventory Qty", "Variant Price", "Variant Compare At Price",
    "Image Src", "Image Alt Text", "Product Category",
)  # fmt: skip
# As Shopify writes `Fabric (product.metafields.custom.fabric)`; other namespaces are of apps.
ATTRIBUTES = re.compile(r"\(product\.metafields\.custom\.([^.()]+)\)$", re.IGNORECASE)
MAX_CATEGORY = 1_100
MAX_IMAGES = 250
NO_OPTION = ("Title", "Default Title")  # how the format writes a product without options
_HANDLE = re.compile(r"[^\s/?#]{1,255}")
_LINK = re.compile(r"https?://\S{1,2040}")


class ShopifyReader:
    """Rows in, whole products out: a product is done when the next handle, or the file's end, comes."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._open: WantedProduct | None = None
        self._names: list[str] = []
        self._seen: set[tuple[str, ...]] = set()
        self._errors: list[RowError] = []
        self._codes: Sequence[str] = ()

    def columns(self, codes: Sequence[str]) -> None:
        """Attributes whose cells follow the others."""
        self._codes = [code.casefold() for code in codes]

    def add(self, row: CsvRow) -> list[WantedProduct]:
        """Raises BadCell when nothing of the row can be used."""
        done: list[WantedProduct] = []
        handle = row.values[0].strip()
        if not _HANDLE.fullmatch(handle):
            raise BadCell("bad_handle", "The Handle is missing, too long or holds a blank, slash, ? or #.")
        if self._open is None or self._open.slug != handle:
            done = self.end()
            self._open = self._begin(row, handle)
        self._open.rows.append((row.line, row.text))
        self._variant(row, self._open)
        self._image(row, self._open)
        return done

    @property
    def open_line(self) -> int | None:
        """Where the product begins that may go on in the next row."""
        return self._open.line if self._open else None

    def take_errors(self) -> list[RowError]:
        """Of parts of rows, whose rest is used; each once."""
        errors, self._errors = self._errors, []
        return errors

    def end(self) -> list[WantedProduct]:
        """The product still open; without a title and variants it may only add to a known one."""
        product, self._open = self._open, None
        if product is None:
            return []
        product.options = tuple(
            Option(
                name=name,
                values=tuple(dict.fromkeys(variant.options[name] for variant in product.variants)),
            )
            for name in self._names
            if product.variants
        )
        return [product]

    def _begin(self, row: CsvRow, handle: str) -> WantedProduct:
        _, title, body, vendor, kind, tags, published, status, *rest = row.values
        self._names, self._seen = [], set()
        pairs = [(tidy(rest[place]), tidy(rest[place + 1])) for place in (0, 2, 4)]
        if pairs[0] != NO_OPTION:
            self._names = [name for name, _ in pairs if name]
        product = WantedProduct(line=row.line, slug=handle, title=None, row=row.text)
        try:
            product.title = text_cell(title, "Title") or None
            product.vendor = text_cell(vendor, "Vendor") or None
            product.product_type = text_cell(kind, "Type") or None
            product.published = flag_cell(published, "Published")
            product.category = text_cell(row.values[20], "Product Category", MAX_CATEGORY) or None
        except BadCell as error:
            self._refuse(row, error)
        product.attributes = filled(self._codes, row.values[21:])
        product.description = rich_text(body).strip() or None
        product.tags = clean_tags(tags.split(",")) or None
        product.active = None if not status.strip() else status.strip().lower() == "active"
        return product

    def _variant(self, row: CsvRow, product: WantedProduct) -> None:
        values = [tidy(row.values[place]) for place in (9, 11, 13)]
        sku, quantity, price, compare_at = row.values[14:18]
        first = row.line == product.line
        silent = not any(cell.strip() for cell in (*values, sku, quantity, price, compare_at))
        if silent and (self._names or not first):
            return  # the row holds an image only, or what the product itself is
        try:
            if len({name.casefold() for name in self._names}) != len(self._names):
                raise BadCell("duplicate_option", "Two options of the product have the same name.")
            chosen = dict(zip(self._names, values, strict=False))
            if any(not value for value in chosen.values()):
                raise BadCell("missing_option", "The row lacks the value of an option.")
            key = tuple(chosen.values())
            if key in self._seen:
                raise BadCell("duplicate_variant", "An earlier row of the product has the same options.")
            if len(self._seen) >= MAX_VARIANTS:
                raise BadCell("too_many_variants", f"A product has {MAX_VARIANTS} variants at most.")
            variant = WantedVariant(
                line=row.line,
                options=chosen,
                sku=sku_cell(sku),
                price=price_cell(price, self._currency, "Variant Price"),
                compare_at=price_cell(compare_at, self._currency, "Variant Compare At Price"),
                on_hand=quantity_cell(quantity, "Variant Inventory Qty"),
                row=row.text,
            )
        except BadCell as error:
            self._refuse(row, error)
            return
        self._seen.add(key)
        product.variants.append(variant)

    def _image(self, row: CsvRow, product: WantedProduct) -> None:
        link, alt = row.values[18].strip(), row.values[19].strip()
        if not link:
            return
        if not _LINK.fullmatch(link):
            self._refuse(row, BadCell("bad_image", "Image Src is not an http or https address."))
        elif len(product.images) < MAX_IMAGES:
            product.images.append(WantedImage(url=link, alt=alt[:500]))

    def _refuse(self, row: CsvRow, error: BadCell) -> None:
        self._errors.append(RowError(line=row.line, code=error.code, message=error.message, row=row.text))

"""The nightly inventory: `name,sku,price,inventory_quantity`, one offer a row."""

from shoplytics.kernel.csv_rows import CsvRow
from shoplytics.modules.catalog.domain import WantedProduct, WantedVariant
from shoplytics.modules.catalog.service.cells import BadCell, price_cell, quantity_cell, sku_cell, text_cell
from shoplytics.ports.jobs import RowError

REQUIRED = ("sku", "price", "inventory_quantity")
OPTIONAL = ("name",)


class InventoryReader:
    """One row in, one offer wanted or one error out; the slug is found when the offer turns out to be new."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def add(self, row: CsvRow) -> list[WantedProduct]:
        """Raises BadCell."""
        sku, price, quantity, name = row.values
        key = sku_cell(sku)
        if key is None:
            raise BadCell("missing_sku", "The row has no SKU.")
        variant = WantedVariant(
            line=row.line,
            sku=key,
            price=price_cell(price, self._currency, "price"),
            on_hand=quantity_cell(quantity, "inventory_quantity"),
            row=row.text,
        )
        title = text_cell(name, "name") or None
        return [WantedProduct(line=row.line, slug="", title=title, variants=[variant], row=row.text)]

    def end(self) -> list[WantedProduct]:
        return []

    @property
    def open_line(self) -> int | None:
        """Every row is whole by itself."""
        return None

    def take_errors(self) -> list[RowError]:
        return []

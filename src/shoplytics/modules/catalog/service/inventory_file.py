"""The nightly inventory: `name,sku,price,inventory_quantity`, one offer a row.

Optional are `compare_at_price`, `category` (its path) and `attribute:<code>`, of the product that is offered.
"""

import re
from collections.abc import Sequence

from shoplytics.kernel.csv_rows import CsvRow
from shoplytics.modules.catalog.domain import WantedProduct, WantedVariant
from shoplytics.modules.catalog.service.cells import (
    BadCell,
    filled,
    price_cell,
    quantity_cell,
    sku_cell,
    text_cell,
)
from shoplytics.ports.jobs import RowError

REQUIRED = ("sku", "price", "inventory_quantity")
OPTIONAL = ("name", "compare_at_price", "category")
ATTRIBUTES = re.compile(r"^attribute:\s*(\S.*)$", re.IGNORECASE)
MAX_PATH = 1_100


class InventoryReader:
    """One row in, one offer wanted or one error out; the slug is found when the offer turns out to be new."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._codes: Sequence[str] = ()

    def columns(self, codes: Sequence[str]) -> None:
        """Attributes whose cells follow the others."""
        self._codes = [code.strip().casefold() for code in codes]

    def add(self, row: CsvRow) -> list[WantedProduct]:
        """Raises BadCell."""
        sku, price, quantity, name, compare_at, category, *cells = row.values
        key = sku_cell(sku)
        if key is None:
            raise BadCell("missing_sku", "The row has no SKU.")
        variant = WantedVariant(
            line=row.line,
            sku=key,
            price=price_cell(price, self._currency, "price"),
            compare_at=price_cell(compare_at, self._currency, "compare_at_price"),
            on_hand=quantity_cell(quantity, "inventory_quantity"),
            row=row.text,
        )
        return [
            WantedProduct(
                line=row.line,
                slug="",
                title=text_cell(name, "name") or None,
                category=text_cell(category, "category", MAX_PATH) or None,
                attributes=filled(self._codes, cells),
                variants=[variant],
                row=row.text,
            )
        ]

    def end(self) -> list[WantedProduct]:
        return []

    @property
    def open_line(self) -> int | None:
        """Every row is whole by itself."""
        return None

    def take_errors(self) -> list[RowError]:
        return []

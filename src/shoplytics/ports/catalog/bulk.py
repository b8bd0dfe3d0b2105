"""What changed where many rows change at once: prices in bulk, imports and their nightly sources."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money


class PriceChange(msgspec.Struct, kw_only=True):
    """An offer's price before and after; it had none when `before` is null."""

    offer_id: UUID
    product_id: UUID
    product_title: str
    variant_title: str
    sku: str | None
    before: Money | None
    after: Money


class PriceRefusal(msgspec.Struct, kw_only=True):
    """An offer that keeps its price: no_price (nothing to add percents to), would_be_zero or out_of_range."""

    offer_id: UUID
    product_id: UUID
    product_title: str
    variant_title: str
    sku: str | None
    before: Money | None
    code: str


class BulkPriceView(msgspec.Struct, kw_only=True):
    """Offers by outcome, and the products of the changed ones; at most 100 examples and refusals."""

    dry_run: bool
    matched: int
    changed: int
    unchanged: int
    refused: int
    products: int
    examples: list[PriceChange]
    refusals: list[PriceRefusal]


class ImportChangeView(msgspec.Struct, kw_only=True):
    """An offer that a line of the file changes."""

    line: int
    sku: str | None
    title: str
    price_before: Money | None
    price_after: Money | None
    stock_before: int | None
    stock_after: int | None


class ImportResult(msgspec.Struct, kw_only=True):
    """Products (format shopify) or SKUs (inventory) by outcome; `rejected` and `duplicates` count rows.

    A row with several errors is rejected once; one that is used in part counts too. `price_changes` and
    `stock_changes` count offers that were known before; of each the 20 that changed the most, in proportion,
    are shown, and all of them at `changes_url`. After a dry run that is what would have changed. Of a Shopify
    file, `unmatched_categories` (by their text) and `unmatched_attributes` (by their code) are what was left
    aside, since the store has nothing like it, by the number of products that name it; the first 20 of each.
    """

    created: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    dry_run: bool
    price_changes: int
    stock_changes: int
    largest_price_changes: list[ImportChangeView]
    largest_stock_changes: list[ImportChangeView]
    changes_url: str
    unmatched_categories: dict[str, int] = msgspec.field(default_factory=dict)
    unmatched_attributes: dict[str, int] = msgspec.field(default_factory=dict)


class SourceRun(msgspec.Struct, kw_only=True):
    """One run of an import source: `unchanged` when it held what was imported last, `failed` why."""

    job_id: UUID
    at: datetime
    status: Literal["imported", "unchanged", "failed"]
    file: str
    message: str
    report: ImportResult | None


class ImportSourceView(msgspec.Struct, kw_only=True):
    """A place that is imported from once a day, in the hour `hour` of the store's time zone."""

    id: UUID
    name: str
    kind: Literal["folder", "url"]
    location: str
    format: Literal["inventory", "shopify"]
    hour: int
    active: bool
    started_on: date | None
    last_run: SourceRun | None
    version: int
    created_at: datetime
    updated_at: datetime

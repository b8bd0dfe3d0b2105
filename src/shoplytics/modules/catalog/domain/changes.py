"""What an import changes, for its report."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """A variant of a new product, one of a known product, an offer, what a product is, its gallery."""

    CREATED = "created"
    VARIANT = "variant"
    OFFER = "offer"
    CONTENT = "content"
    IMAGES = "images"


@dataclass(frozen=True, kw_only=True)
class ImportChange:
    """One thing a line of the file changes; prices in minor units, what there was not before is None."""

    line: int
    kind: ChangeKind
    product_id: UUID
    title: str
    sku: str | None = None
    price_from: int | None = None
    price_to: int | None = None
    stock_from: int | None = None
    stock_to: int | None = None

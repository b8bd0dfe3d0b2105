"""Bodies of requests about the variants and options of a product that is there."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.modules.catalog.schemas.fields import Price, Quantity, Sku

Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Chosen = Annotated[
    dict[str, Word],
    Meta(
        max_length=3, description="One value of each option, by its name; a new value is added to the option."
    ),
]
Place = Annotated[int, Meta(ge=1, le=250, description="Among the product's variants, from 1.")]


class NewVariantInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """SKU, prices and quantity are those of the store's offer; without a price it is not for sale yet."""

    options: Chosen
    sku: Sku | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    quantity: Quantity = 0
    position: Place | None = None


class VariantPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Of `options` those that are sent change. From `sku` on it is the store's offer that changes."""

    options: Chosen | UnsetType = UNSET
    position: Place | UnsetType = UNSET
    sku: Sku | UnsetType | None = UNSET
    price: Price | UnsetType | None = UNSET
    compare_at_price: Price | UnsetType | None = UNSET
    low_stock_threshold: Quantity | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class VariantOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every variant of the product once."""

    ids: Annotated[list[UUID], Meta(max_length=1_000)]


class ValueChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`was`: the value that has this name now."""

    value: Word
    was: str | None = None


class OptionChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`was`: the option that has this name now. `values` are all there will be."""

    name: Word
    values: Annotated[list[Word | ValueChange], Meta(min_length=1, max_length=250)]
    was: str | None = None


class OptionsInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """All options there will be. `stock` says what becomes of stock on hand of variants that go:

    `refuse` the change, `keep` it with the deleted variant, `merge` it into the variant that stays. With
    `fill` every combination that is missing becomes a variant, at `price` and `compare_at_price`.
    """

    options: Annotated[list[OptionChange], Meta(max_length=3)]
    stock: Literal["refuse", "keep", "merge"] = "refuse"
    fill: bool = False
    price: Price | None = None
    compare_at_price: Price | None = None

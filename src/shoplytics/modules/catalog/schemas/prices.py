"""The body that changes many prices."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import END
from shoplytics.modules.catalog.schemas.fields import Price

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
FilterTag = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Place = Annotated[str, Meta(min_length=1, max_length=1_100, pattern=r"\S")]
Stamp = Annotated[str, Meta(max_length=40)]
Fact = Annotated[str, Meta(max_length=1_100, examples=["color:red", "weight:1..5"])]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Decimals = Annotated[str, Meta(max_length=24)]
Percent = Annotated[str, Meta(pattern=r"^-?[0-9]{1,4}(\.[0-9]{1,6})?" + END, examples=["10", "-12.5"])]
COMPARE_AT = (
    "`old_price`: where a price falls the old one is shown beside it, where it rises none is. `keep`: what is"
    " beside a price stays while it is above it, and is taken away otherwise."
)


class BulkFilter(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The filters of the store's own list, `{}` for all its products. No filter is empty or null."""

    q: Words | UnsetType = UNSET
    category: Place | UnsetType = UNSET
    attribute: Annotated[list[Fact], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    tag: Annotated[list[FilterTag], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    vendor: Annotated[list[Words], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    product_type: Annotated[list[Words], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    name: Words | UnsetType = UNSET
    description: Words | UnsetType = UNSET
    price_gte: Decimals | UnsetType = UNSET
    price_lte: Decimals | UnsetType = UNSET
    sku: Words | UnsetType = UNSET
    in_stock: bool | UnsetType = UNSET
    featured: bool | UnsetType = UNSET
    rating_gte: float | UnsetType = UNSET
    created_gte: Stamp | UnsetType = UNSET
    created_lte: Stamp | UnsetType = UNSET
    updated_gte: Stamp | UnsetType = UNSET
    updated_lte: Stamp | UnsetType = UNSET
    quantity_gte: Count | UnsetType = UNSET
    quantity_lte: Count | UnsetType = UNSET


class BulkPriceInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `set` and `increase_percent`, and one of `ids` (of products) and `filter`.

    A percentage is added to each price, taken away when it is negative, and the result rounded half up to the
    currency's minor unit. Every variant's offer of the products is meant, and the store's own products only.
    """

    set: Price | UnsetType = UNSET
    increase_percent: Percent | UnsetType = UNSET
    ids: Annotated[list[UUID], Meta(min_length=1, max_length=10_000)] | UnsetType = UNSET
    filter: BulkFilter | UnsetType = UNSET
    compare_at: Annotated[Literal["keep", "old_price"], Meta(description=COMPARE_AT)] = "keep"
    dry_run: bool = False

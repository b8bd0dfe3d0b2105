"""Bodies of requests about discounts, shipping rates and tax rates."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import END
from shoplytics.modules.sales.domain import DiscountKind, DiscountScope
from shoplytics.modules.sales.schemas.fields import Moment, Price, Title

Code = Annotated[str, Meta(min_length=3, max_length=40, pattern="^[A-Za-z0-9_-]*" + END)]
Percent = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?" + END, examples=["10", "12.5"])]
Pieces = Annotated[int, Meta(ge=1, le=1_000)]
Least = Annotated[int, Meta(ge=0, le=1_000_000)]
Limit = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Targets = Annotated[list[UUID], Meta(max_length=500)]
Country = Annotated[str, Meta(min_length=2, max_length=2)]
Province = Annotated[str, Meta(max_length=100)]


class PlaceInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`country` is ISO 3166-1 alpha-2; without `province` all of it."""

    country: Country
    province: Province = ""


Places = Annotated[list[PlaceInput], Meta(max_length=300)]


class NewDiscount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Kind percent has `percent`, amount `amount`, free_items `buy` and `get`, and none what others have.

    `targets` are products of the store, or categories of its own or the platform's, as `scope` says.
    """

    title: Title
    kind: DiscountKind
    code: Code | None = None
    percent: Percent | None = None
    amount: Price | None = None
    buy: Pieces | None = None
    get: Pieces | None = None
    scope: DiscountScope = DiscountScope.ALL
    targets: Targets = msgspec.field(default_factory=list)
    minimum: Price | None = None
    minimum_quantity: Least = 0
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    limit_total: Limit | None = None
    limit_per_shopper: Limit | None = None
    combines: bool = False
    active: bool = True


class DiscountPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The kind stays."""

    title: Title | UnsetType = UNSET
    code: Code | UnsetType | None = UNSET
    percent: Percent | UnsetType = UNSET
    amount: Price | UnsetType = UNSET
    buy: Pieces | UnsetType = UNSET
    get: Pieces | UnsetType = UNSET
    scope: DiscountScope | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    minimum: Price | UnsetType | None = UNSET
    minimum_quantity: Least | UnsetType = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    limit_total: Limit | UnsetType | None = UNSET
    limit_per_shopper: Limit | UnsetType | None = UNSET
    combines: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class NewShippingRate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Goods that cost `free_from` after discounts ship free. No `places`: wherever no other rate is for."""

    name: Title
    amount: Price
    free_from: Price | None = None
    places: Places = msgspec.field(default_factory=list)
    active: bool = True


class ShippingRatePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Title | UnsetType = UNSET
    amount: Price | UnsetType = UNSET
    free_from: Price | UnsetType | None = UNSET
    places: Places | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class NewTaxRate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`inclusive`: the store's prices contain it. No `places`: wherever no other rate is for."""

    name: Title
    percent: Percent
    inclusive: bool = False
    on_shipping: bool = True
    places: Places = msgspec.field(default_factory=list)
    active: bool = True


class TaxRatePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Title | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET
    inclusive: bool | UnsetType = UNSET
    on_shipping: bool | UnsetType = UNSET
    places: Places | UnsetType = UNSET
    active: bool | UnsetType = UNSET

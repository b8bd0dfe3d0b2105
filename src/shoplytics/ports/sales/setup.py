"""What a store sets up for its sales: discounts, shipping rates, tax rates. Their views."""

from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    country: str
    province: str = ""


class DiscountView(msgspec.Struct, kw_only=True):
    """`percent` is text of at most four digits after the point; `used` counts orders that were not cancelled.

    Without a code it is automatic. Free items: of each `buy` + `get` pieces, the `get` cheapest are free.
    """

    id: UUID
    store_id: UUID
    title: str
    code: str | None
    kind: str
    percent: str | None
    amount: Money | None
    buy: int | None
    get: int | None
    scope: str
    targets: list[UUID]
    minimum: Money
    minimum_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None
    limit_total: int | None
    limit_per_shopper: int | None
    used: int
    combines: bool
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ShippingRateView(msgspec.Struct, kw_only=True):
    """No places: everywhere that no other rate of the store names."""

    id: UUID
    store_id: UUID
    name: str
    amount: Money
    free_from: Money | None
    places: list[PlaceView]
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class TaxRateView(msgspec.Struct, kw_only=True):
    """`percent` is text; an `inclusive` one is within the store's prices, another comes on top."""

    id: UUID
    store_id: UUID
    name: str
    percent: str
    inclusive: bool
    on_shipping: bool
    places: list[PlaceView]
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

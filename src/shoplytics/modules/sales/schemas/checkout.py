"""Bodies of requests about checkouts and their orders."""

from typing import Annotated

import msgspec
from msgspec import Meta

from shoplytics.kernel.money import Money
from shoplytics.modules.sales.schemas.addresses import AddressForm
from shoplytics.modules.sales.schemas.carts import ShippingChoice


class CheckoutForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The parcel's address is the bill's unless another is given; the cheapest shipping unless chosen.

    `email` is a must for guests, and the account's own for others. With `expected_total`, the `total` of a
    quote, only that is charged.
    """

    shipping_address: AddressForm
    billing_address: AddressForm | None = None
    email: Annotated[str, Meta(max_length=254, examples=["ada@example.com"])] | None = None
    note: Annotated[str, Meta(max_length=2000)] = ""
    shipping: Annotated[list[ShippingChoice], Meta(max_length=100)] = msgspec.field(default_factory=list)
    expected_total: Money | None = None


class Cancellation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=500)] = ""

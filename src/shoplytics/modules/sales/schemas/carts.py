"""Bodies of requests about carts and quotes."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from shoplytics.modules.sales.schemas.addresses import AddressForm

Pieces = Annotated[int, Meta(ge=1, le=9_999)]
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]


class NewCartItem(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The best offer of the variant, unless `store_id` names whose."""

    variant_id: UUID
    quantity: Pieces = 1
    store_id: UUID | None = None


class CartItemChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    quantity: Pieces


class CartCode(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    code: Code


class CartChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to send one reminder when the cart is left behind; null for none."""

    email: Annotated[str, Meta(max_length=254)] | None


class ReminderToken(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Of the link in a reminder."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class ShippingChoice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of a store's `shipping_options`."""

    store_id: UUID
    rate_id: UUID


class QuoteInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The cheapest shipping of each store unless chosen."""

    shipping_address: AddressForm
    shipping: Annotated[list[ShippingChoice], Meta(max_length=100)] = msgspec.field(default_factory=list)

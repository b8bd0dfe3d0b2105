"""Carts and what they would cost: the views of both."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from shoplytics.kernel.events import Event
from shoplytics.kernel.money import Money
from shoplytics.kernel.patterns import END


class DeliveryAddress(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where a parcel or a bill goes. `country` is ISO 3166-1 alpha-2; `province` as its people write it."""

    name: Annotated[str, Meta(min_length=1, max_length=120, examples=["Ada Obi"])]
    address1: Annotated[str, Meta(min_length=1, max_length=200, examples=["12 Marina Road"])]
    city: Annotated[str, Meta(min_length=1, max_length=120, examples=["Lagos"])]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}" + END, examples=["NG"])]
    company: Annotated[str, Meta(max_length=120)] = ""
    address2: Annotated[str, Meta(max_length=200)] = ""
    province: Annotated[str, Meta(max_length=120)] = ""
    zip: Annotated[str, Meta(max_length=20)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class CartLineView(msgspec.Struct, kw_only=True):
    """`unit_price` is today's, `was` the one shown before when it was another.

    `available` is what could be bought now. `problem`: not_sold, not_sold_here (it is sold in another shop),
    other_currency, out_of_stock, not_enough.
    """

    id: UUID
    store_id: UUID
    store_name: str
    offer_id: UUID
    product_id: UUID
    variant_id: UUID
    title: str
    variant_title: str
    sku: str | None
    image_url: str | None
    quantity: int
    unit_price: Money
    was: Money | None
    discount: Money
    total: Money
    available: int
    problem: str | None


class DiscountUseView(msgspec.Struct, kw_only=True):
    """A discount that counts: what it takes off in all. `code` is null for an automatic one."""

    id: UUID
    store_id: UUID
    title: str
    code: str | None
    amount: Money


class UnusedCodeView(msgspec.Struct, kw_only=True):
    """A code of the cart that takes nothing off now, and why.

    unknown_code, not_started, ended, used_up, not_reached (it asks for more), better_discount.
    """

    code: str
    reason: str


class NotTakenView(msgspec.Struct, kw_only=True):
    """A line of the guest's cart that is not in the user's: currency_mismatch, or too_many_lines."""

    variant_id: UUID
    offer_id: UUID
    title: str
    quantity: int
    reason: str


class CartView(msgspec.Struct, kw_only=True):
    """`token` only in the answer that made a guest's cart: send it as X-Cart-Token from then on.

    `subtotal` is after discounts; shipping and taxes depend on the address: ask POST /checkout/quote. Lines
    that are not for sale count for nothing. `not_taken` is told when a guest's cart becomes a user's.
    """

    id: UUID | None
    currency: str | None
    lines: list[CartLineView]
    codes: list[str]
    discounts: list[DiscountUseView]
    unused_codes: list[UnusedCodeView]
    gross: Money | None
    discount: Money | None
    subtotal: Money | None
    quantity: int
    email: str | None
    updated_at: datetime | None
    not_taken: list[NotTakenView] = msgspec.field(default_factory=list)
    token: str | None = None


class ShippingOptionView(msgspec.Struct, kw_only=True):
    """`rate_id` is what `shipping` of POST /checkout takes; `amount` is what it costs with these goods."""

    rate_id: UUID
    name: str
    amount: Money
    chosen: bool


class TaxView(msgspec.Struct, kw_only=True):
    """`rate` in percent, as text; an `included` tax is within the prices, another comes on top."""

    name: str
    rate: str
    included: bool
    amount: Money


class QuotedStore(msgspec.Struct, kw_only=True):
    """A store's part: total = subtotal + shipping + tax - tax_included."""

    store_id: UUID
    store_name: str
    lines: list[CartLineView]
    discounts: list[DiscountUseView]
    shipping_options: list[ShippingOptionView]
    taxes: list[TaxView]
    gross: Money
    discount: Money
    subtotal: Money
    shipping: Money
    tax: Money
    tax_included: Money
    total: Money


class QuoteView(msgspec.Struct, kw_only=True):
    """What the cart costs when it goes to the address, store by store; `total` is what would be charged."""

    stores: list[QuotedStore]
    unused_codes: list[UnusedCodeView]
    total: Money


class AbandonedLineView(msgspec.Struct, kw_only=True):
    """`unit_price` is as the shopper saw it last."""

    product_id: UUID
    variant_id: UUID
    title: str
    quantity: int
    unit_price: Money


class AbandonedCartView(msgspec.Struct, kw_only=True):
    """A store's own lines of a cart that somebody left; `value` is theirs, before discounts.

    `email` is what its owner left with the cart to be reminded by; a user without one is written to at their
    account's. `reminded_at`: a reminder was due then, and written unless they want none; `opened_at`: its
    link was used.
    """

    id: UUID
    signed_in: bool
    email: str | None
    lines: list[AbandonedLineView]
    value: Money
    updated_at: datetime
    reminded_at: datetime | None
    opened_at: datetime | None


class CartBegun(Event, frozen=True, kw_only=True):
    """The first goods of a store were put into a cart. `session_id` is tracking's, of the visit it was in."""

    type: ClassVar[str] = "sales.cart-begun"

    cart_id: UUID
    session_id: int | None

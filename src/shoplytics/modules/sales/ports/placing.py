"""Orders placed: what sales needs from their tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports.carts import CartOwner
from shoplytics.modules.sales.ports.moving import OrderState
from shoplytics.modules.sales.ports.orders import PageOf
from shoplytics.ports.sales import DeliveryAddress, OrderSummary, OrderView


class KeptDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """As an order keeps it, in minor units."""

    id: UUID
    title: str
    code: str | None
    amount: int


class KeptTax(msgspec.Struct, frozen=True, kw_only=True):
    """As an order keeps it, in minor units; `rate` in parts per million."""

    name: str
    rate: int
    included: bool
    amount: int


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Who buys; `email` is lower case. `proved`: it is the user's own, and they have shown that it is."""

    user_id: UUID | None
    email: str
    proved: bool
    name: str
    phone: str | None


class NewCheckout(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    buyer: Buyer
    token_hash: bytes
    currency: str
    total: int
    cart_id: UUID | None
    shipping_address: DeliveryAddress
    billing_address: DeliveryAddress
    note: str


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`state` has no number and no customer yet."""

    state: OrderState
    shipping_method: str
    discount_codes: list[str]
    discounts: list[KeptDiscount]
    taxes: list[KeptTax]


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """As it stands now, and as its buyer sees it."""

    state: OrderState
    view: OrderView


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A discount that an order uses."""

    store_id: UUID
    order_id: UUID
    discount_id: UUID


class OrderPlacing(Protocol):
    """In the caller's transaction; in this order: discounts, the offers' stock, the orders last."""

    async def use_discounts(
        self, uses: Sequence[Use], *, shoppers: Sequence[bytes], now: datetime
    ) -> Collection[UUID]:
        """Those that could be used, by these shoppers, within their limits; their rows are locked."""
        ...

    async def place(
        self, checkout: NewCheckout, orders: Sequence[NewOrder], *, actor: str
    ) -> Sequence[PlacedOrder]:
        """At most one order a store; they get their numbers and hold stock from now on.

        Each is counted in the store's record of the buyer, and the cart is emptied if it is kept anywhere.
        """
        ...


class BoughtOrders(Protocol):
    """Orders as their buyer sees them: nothing of what the store keeps about them for itself."""

    async def page(self, owner: CartOwner, page: PageOf) -> Page[OrderSummary]: ...
    async def one(self, owner: CartOwner, *, order_id: UUID) -> OrderView | None: ...
    async def of_checkout(self, checkout_id: UUID) -> list[OrderView]:
        """By the time they were placed, for whoever may see it."""
        ...

    async def of_store(self, store_id: UUID, order_id: UUID) -> OrderView | None:
        """For whoever may see it."""
        ...

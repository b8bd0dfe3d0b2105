"""Checkouts: what was bought in one go, to be paid in one go. What payments may ask of sales."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.events import Event
from shoplytics.kernel.money import Money
from shoplytics.ports.sales.orders import OrderView


class CheckoutView(msgspec.Struct, kw_only=True):
    """`order_token` stands in the first answer alone; as X-Order-Token it reads, pays and cancels all of it.

    The stock is held until `held_until`, and the orders can be paid until `expires_at`.
    """

    checkout_id: UUID
    orders: list[OrderView]
    total: Money
    held_until: datetime
    expires_at: datetime
    order_token: str | None = None


class PayableOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order's part of a payment."""

    store_id: UUID
    order_id: UUID
    number: str
    total: Money


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """What is still to be paid of a checkout: the orders that are neither paid nor cancelled.

    `token_hash` is of its order's token.
    """

    checkout_id: UUID
    amount: Money
    email: str
    user_id: UUID | None
    token_hash: bytes | None = None
    orders: tuple[PayableOrder, ...]


class Settled(StrEnum):
    """What became of money that came in for a checkout."""

    BOOKED = "booked"
    ALREADY = "already"  # all of it was paid before: twice is as once, or money to give back
    MISMATCH = "mismatch"  # another amount or currency than is due: nothing is booked
    TOO_LATE = "too_late"  # cancelled, or its stock is gone: money to give back


class Checkouts(Protocol):
    """For payments, in the caller's transaction. Every call may come twice."""

    async def payable(
        self,
        *,
        checkout_id: UUID | None,
        order_id: UUID | None,
        user_id: UUID | None,
        token_hash: bytes | None,
    ) -> Payable:
        """For the shopper it belongs to, or who has its token. Locks it until the end.

        Raises NotFound, NothingToPay, and OutOfStock when what was no longer held cannot be held again.
        """
        ...

    async def owed(self, *, store_id: UUID, order_id: UUID) -> Payable:
        """For staff of that store: the order alone, locked, without the rest of its checkout.

        Raises NotFound, ManagedElsewhere, NothingToPay, and OutOfStock as `payable` does.
        """
        ...

    async def attempted(self, *, checkout_id: UUID, actor: Actor) -> None:
        """A payment was begun: its open orders are `pending`."""
        ...

    async def given_up(self, *, checkout_id: UUID, actor: Actor) -> None:
        """The attempt failed or was left: its pending orders are `created` again."""
        ...

    async def settle(
        self, *, checkout_id: UUID, paid: Money, payment_id: UUID, actor: Actor, order_id: UUID | None = None
    ) -> tuple[Settled, Sequence[PayableOrder]]:
        """The one place where orders become paid. The orders that this money paid, when it was booked.

        `order_id`: it was for that order alone (see `owed`), and is compared with what is due of it.
        """
        ...


class OrderPlaced(Event, frozen=True, kw_only=True):
    """A native order was placed, by a shopper or by staff for one."""

    type: ClassVar[str] = "sales.order-placed"

    order_id: UUID
    checkout_id: UUID


class OrderPaid(Event, frozen=True, kw_only=True):
    """A native order is paid, or had nothing to pay."""

    type: ClassVar[str] = "sales.order-paid"

    order_id: UUID


class OrderShipped(Event, frozen=True, kw_only=True):
    """Some or all pieces of a native order are on their way."""

    type: ClassVar[str] = "sales.order-shipped"

    order_id: UUID
    fulfilment_id: UUID


class OrderCompleted(Event, frozen=True, kw_only=True):
    """A native order is done."""

    type: ClassVar[str] = "sales.order-completed"

    order_id: UUID


class OrderCancelled(Event, frozen=True, kw_only=True):
    """A native order will not be fulfilled; what it held or had taken is on the shelf again."""

    type: ClassVar[str] = "sales.order-cancelled"

    order_id: UUID
    paid: bool


class OrderRefunded(Event, frozen=True, kw_only=True):
    """Money is to go back to the buyer of a native order."""

    type: ClassVar[str] = "sales.order-refunded"

    order_id: UUID
    refund_id: UUID
    amount: Money

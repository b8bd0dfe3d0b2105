"""What sales has to say about orders, to those who bought and to those who sold."""

from typing import ClassVar

import msgspec

from shoplytics.kernel.letters import Letter
from shoplytics.kernel.preferences import MailKind


class ToldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One store's part, in words; `lines` name what was bought, and how many, a line each."""

    store: str
    number: str
    lines: tuple[str, ...]
    shipping: str
    total: str


class OrderPlacedLetter(Letter, frozen=True, kw_only=True):
    """To the buyer, of a whole checkout. `due`: there is something to pay.

    `token` stands in the link: a shop with pages of its own makes its own of it.
    """

    template: ClassVar[str] = "order_placed"

    name: str
    orders: tuple[ToldOrder, ...]
    total: str
    due: bool
    link: str
    token: str


class OrderCancelledLetter(Letter, frozen=True, kw_only=True):
    """To the buyer."""

    template: ClassVar[str] = "order_cancelled"

    name: str
    order: ToldOrder
    reason: str
    paid: bool


class NewOrderLetter(Letter, frozen=True, kw_only=True):
    """To those who work in the store, of its own lines only, when it is paid: they have something to do."""

    template: ClassVar[str] = "new_order"
    kind: ClassVar[MailKind] = MailKind.NEW_ORDERS

    order: ToldOrder
    name: str
    link: str


class SaleCancelledLetter(Letter, frozen=True, kw_only=True):
    """To those who work in the store, of an order that they were told of."""

    template: ClassVar[str] = "sale_cancelled"
    kind: ClassVar[MailKind] = MailKind.NEW_ORDERS

    order: ToldOrder
    reason: str
    link: str

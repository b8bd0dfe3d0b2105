"""Orders that change: what sales needs from their tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class OrderPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order, in minor units; `tax` is all its taxes, `tax_included` those within prices.

    `restocked` counts pieces that were never shipped and are on the shelf again.
    """

    position: int
    product_id: UUID | None
    variant_id: UUID | None
    offer_id: UUID | None
    sku: str | None
    title: str
    variant_title: str
    image_url: str | None
    quantity: int
    unit_price: int
    discount: int
    total: int
    tax: int = 0
    tax_included: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    fulfilment: str = "unfulfilled"
    shipped: int = 0
    returned: int = 0
    refunded: int = 0
    restocked: int = 0


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """An order, locked, as it is now. Amounts are minor units of `currency`; see OrderFact for `counts`.

    Unpaid it is cancelled at `expires_at`; while something is held for it, `held_until` says for how long.
    """

    id: UUID
    store_id: UUID
    number: str
    source: str
    status: str
    financial_status: str
    fulfilment_status: str
    counts: bool
    currency: str
    gross: int
    subtotal: int
    discount: int
    shipping: int
    tax: int
    tax_included: int
    shipping_tax: int
    shipping_tax_included: int
    total: int
    refunded: int
    customer_id: UUID | None
    user_id: UUID | None
    email: str | None
    checkout_id: UUID | None
    session_id: int | None
    cancel_reason: str
    placed_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    held_until: datetime | None
    expires_at: datetime | None
    version: int
    lines: tuple[OrderPiece, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to an order; `status_from` and `status_to` are None for what moved nothing.

    `detail` is JSON, and holds nothing about people.
    """

    kind: str
    status_from: str | None
    status_to: str | None
    detail: msgspec.Raw


class OrderMoves(Protocol):
    """In the caller's transaction. Orders are locked by id, before discounts and offers."""

    async def lock(
        self,
        *,
        store_id: UUID | None = None,
        order_ids: Collection[UUID] = (),
        checkout_id: UUID | None = None,
        lines: bool = True,
    ) -> list[OrderState]:
        """Native and external ones, by id: these, or all of a checkout; of one store only, if named.

        Without `lines` they are for moves that the reports are told nothing of.
        """
        ...

    async def save(
        self, changed: Sequence[tuple[OrderState, Entry]], *, actor: str, now: datetime
    ) -> list[OrderState]:
        """Each as it is to be, with its entry in the history; as they are then, with the next version."""
        ...

    async def save_lines(self, orders: Sequence[OrderState]) -> None:
        """How many pieces of their lines are shipped, returned, refunded and restocked now."""
        ...

    async def recount(self, orders: Collection[OrderState]) -> None:
        """Take the counters of their customers anew."""
        ...

    async def give_back_discounts(self, orders: Collection[OrderState], *, now: datetime) -> None:
        """What they used may be used again, once."""
        ...

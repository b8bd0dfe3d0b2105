"""Sales: orders and the people who placed them. Views, events and what other modules may ask."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event
from shoplytics.kernel.money import Money


class OrderStatus(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class FinancialStatus(StrEnum):
    """Shopify's words, kept for native orders too."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class FulfilmentStatus(StrEnum):
    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    RESTOCKED = "restocked"


class OrderLineView(msgspec.Struct, kw_only=True):
    """`product_id` is null when the line's SKU is unknown here; the text stays."""

    position: int
    product_id: UUID | None
    variant_id: UUID | None
    sku: str | None
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    total: Money


class OrderView(msgspec.Struct, kw_only=True):
    """`source` is `native`, or where an external order came from; external ones are read-only here."""

    id: UUID
    store_id: UUID
    number: str
    source: str
    external_id: str | None
    status: OrderStatus
    financial_status: FinancialStatus
    fulfilment_status: FulfilmentStatus
    customer_id: UUID | None
    email: str | None
    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    refunded: Money
    placed_at: datetime
    cancelled_at: datetime | None
    lines: list[OrderLineView] = msgspec.field(default_factory=list)


class LineFact(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units of the order's currency; `net` = quantity x unit price - the line's discount."""

    position: int
    product_id: UUID | None
    variant_id: UUID | None
    sku: str | None
    title: str
    quantity: int
    net: int


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the reports see it, in minor units of `currency`.

    `version` grows with every change of the order: a handler keeps the highest it has seen. `counts` is false
    for an order that is not a sale (cancelled before payment, voided). gross = sum of line prices before
    discounts; total = gross - discount + shipping + tax.
    """

    order_id: UUID
    version: int
    source: str
    placed_at: datetime
    currency: str
    gross: int
    discount: int
    shipping: int
    tax: int
    total: int
    refunded: int
    counts: bool
    paid: bool
    customer_id: UUID | None
    session_id: int | None
    lines: tuple[LineFact, ...]


class OrdersRecorded(Event, frozen=True, kw_only=True):
    """Orders came in or changed; a bulk import publishes one per batch."""

    type: ClassVar[str] = "sales.orders-recorded"

    orders: tuple[OrderFact, ...]

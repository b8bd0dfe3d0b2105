"""Sales: orders and the people who placed them. Views, events and what other modules may ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
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


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As free as shops write it: no part is required; `country` is mostly ISO 3166-1 alpha-2."""

    name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    province: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""


class OrderLineView(msgspec.Struct, kw_only=True):
    """`product_id` is null when the line's SKU is unknown here; the text stays.

    `discount` holds the line's share of the order's discounts too; total = quantity x unit price - discount.
    `tax` is all of the line's taxes, `tax_included` those within its price.
    """

    position: int
    product_id: UUID | None
    variant_id: UUID | None
    sku: str | None
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    total: Money
    requires_shipping: bool = True
    taxable: bool = True
    fulfilment_status: FulfilmentStatus = FulfilmentStatus.UNFULFILLED
    offer_id: UUID | None = None
    variant_title: str = ""
    image_url: str | None = None
    tax: Money | None = None
    tax_included: Money | None = None
    shipped: int = 0
    returned: int = 0
    refunded: int = 0


class GivenDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """A discount as it counted in an order; `code` is null for an automatic one."""

    id: UUID
    title: str
    code: str | None
    amount: Money


class ChargedTax(msgspec.Struct, frozen=True, kw_only=True):
    """`percent` as text; an `included` tax is within the prices, another came on top."""

    name: str
    percent: str
    included: bool
    amount: Money


class ShippedPieces(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    quantity: int


class FulfilmentView(msgspec.Struct, kw_only=True):
    """A parcel on its way."""

    id: UUID
    tracking_number: str | None
    carrier: str | None
    lines: list[ShippedPieces]
    created_at: datetime


class HistoryView(msgspec.Struct, kw_only=True):
    """What happened; `status_from` and `status_to` are null for what moved nothing.

    `by` is `shopper`, `store` or `system`; `actor`, who of them, is shown to the store alone.
    """

    kind: str
    status_from: OrderStatus | None
    status_to: OrderStatus | None
    by: str
    at: datetime
    actor: str | None = None


class ReturnView(msgspec.Struct, kw_only=True):
    """Pieces that came back; `restocked`: and are on the shelf again."""

    id: UUID
    lines: list[ShippedPieces]
    reason: str
    restocked: bool
    created_at: datetime


class RefundView(msgspec.Struct, kw_only=True):
    """Money that goes back to the buyer; without lines it was an amount as such."""

    id: UUID
    amount: Money
    lines: list[ShippedPieces]
    reason: str
    restocked: bool
    created_at: datetime


class OrderSummary(msgspec.Struct, kw_only=True):
    """An order in a list. `source` is `native`, or where an external order came from: it is read-only here.

    `subtotal` is after discounts and before shipping and tax, as Shopify has it; `total` is what was charged.
    """

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
    version: int


class OrderView(OrderSummary, kw_only=True):
    """total = subtotal + shipping + tax - tax_included, which is within the prices.

    An unpaid native order holds its stock until `held_until`, and is cancelled at `expires_at`.
    """

    phone: str | None
    accepts_marketing: bool
    billing_address: PostalAddress | None
    shipping_address: PostalAddress | None
    note: str
    tags: list[str]
    discount_codes: list[str]
    paid_at: datetime | None
    fulfilled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    tax_included: Money
    shipping_method: str
    cancel_reason: str
    checkout_id: UUID | None
    held_until: datetime | None
    expires_at: datetime | None
    discounts: list[GivenDiscount]
    taxes: list[ChargedTax]
    lines: list[OrderLineView] = msgspec.field(default_factory=list)
    fulfilments: list[FulfilmentView] = msgspec.field(default_factory=list)
    history: list[HistoryView] = msgspec.field(default_factory=list)


class StoreOrderView(OrderView, kw_only=True):
    """With what the store alone sees of it."""

    staff_note: str
    returns: list[ReturnView]
    refunds: list[RefundView]


class CustomerView(msgspec.Struct, kw_only=True):
    """A store's record of a buyer. Counters are of the orders that are sales; `spent` is less refunds.

    `external_id` is the number by which another system knows them.
    """

    id: UUID
    store_id: UUID
    email: str | None
    name: str
    phone: str | None
    accepts_marketing: bool
    note: str
    tags: list[str]
    order_count: int
    spent: Money
    first_order_at: datetime | None
    last_order_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None


class IncomingLine(msgspec.Struct, kw_only=True):
    """Minor units of the order's currency. Without `product_id` the store's catalogue is asked by SKU."""

    title: str
    quantity: int
    unit_price: int
    sku: str | None = None
    discount: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    fulfilment: FulfilmentStatus = FulfilmentStatus.UNFULFILLED
    product_id: UUID | None = None
    variant_id: UUID | None = None


class IncomingOrder(msgspec.Struct, kw_only=True):
    """An order as somebody else made it, recorded whole by `SalesService.record_orders`.

    Amounts are minor units of `currency`: `subtotal` after discounts; the order's `discount` includes the
    lines'. Its key within its source is `external_id`, else `number`. Positions of lines count from 1.
    """

    number: str
    currency: str
    placed_at: datetime
    status: OrderStatus
    financial_status: FinancialStatus
    fulfilment_status: FulfilmentStatus
    subtotal: int
    total: int
    lines: list[IncomingLine]
    discount: int = 0
    shipping: int = 0
    tax: int = 0
    refunded: int = 0
    external_id: str | None = None
    email: str | None = None
    customer_external_id: str | None = None
    customer_name: str = ""
    phone: str | None = None
    accepts_marketing: bool = False
    billing_address: PostalAddress | None = None
    shipping_address: PostalAddress | None = None
    note: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    discount_codes: list[str] = msgspec.field(default_factory=list)
    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    cancelled_at: datetime | None = None
    session_id: int | None = None

    @property
    def key(self) -> str:
        return self.external_id or self.number

    @property
    def gross(self) -> int:
        return sum(line.quantity * line.unit_price for line in self.lines)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders were new, changed, and just as they had been; `lines` are those written."""

    new: int
    changed: int
    unchanged: int
    lines: int


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


class CustomerContact(msgspec.Struct, frozen=True, kw_only=True):
    """How a report names a customer."""

    name: str
    email: str | None


class CustomerLookup(Protocol):
    """For analytics."""

    async def contacts(
        self, *, store_id: UUID, customer_ids: Sequence[UUID]
    ) -> Mapping[UUID, CustomerContact]:
        """The store's customers among these; erased ones are left out."""
        ...

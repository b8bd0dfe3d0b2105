"""A file without one of the optional columns says nothing of it: the order keeps what is known of it.

An empty cell of a column that is there still means that there is nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.kernel.money import exponent
from shoplytics.modules.sales.service.settling import share_discount, status_of
from shoplytics.modules.sales.service.shopify_layout import ADDRESS_PARTS, CUSTOMER_ID
from shoplytics.ports.sales import (
    FinancialStatus,
    IncomingLine,
    IncomingOrder,
    OrderLineView,
    OrderView,
    PostalAddress,
)

KEPT: Mapping[str, tuple[str, Callable[[OrderView], object]]] = {
    "Email": ("email", lambda known: known.email),
    "Financial Status": ("financial_status", lambda known: known.financial_status),
    "Paid at": ("paid_at", lambda known: known.paid_at),
    "Fulfillment Status": ("fulfilment_status", lambda known: known.fulfilment_status),
    "Fulfilled at": ("fulfilled_at", lambda known: known.fulfilled_at),
    "Cancelled at": ("cancelled_at", lambda known: known.cancelled_at),
    "Accepts Marketing": ("accepts_marketing", lambda known: known.accepts_marketing),
    "Shipping": ("shipping", lambda known: known.shipping.minor),
    "Taxes": ("tax", lambda known: known.tax.minor),
    "Discount Code": ("discount_codes", lambda known: known.discount_codes),
    "Notes": ("note", lambda known: known.note),
    "Tags": ("tags", lambda known: known.tags),
    "Id": ("external_id", lambda known: known.external_id),
}
LINES_KEPT: Mapping[str, tuple[str, Callable[[OrderLineView], object]]] = {
    "Lineitem sku": ("sku", lambda known: known.sku),
    "Lineitem requires shipping": ("requires_shipping", lambda known: known.requires_shipping),
    "Lineitem taxable": ("taxable", lambda known: known.taxable),
    "Lineitem fulfillment status": ("fulfilment", lambda known: known.fulfilment_status),
}
DISCOUNTS = ("Discount Amount", "Lineitem discount")

Stored = Mapping[str | tuple[str, datetime], OrderView]


def by_key(views: Sequence[OrderView]) -> Stored:
    """By external key; and by number and time, for files without Ids, where that means one order only."""
    found: dict[str | tuple[str, datetime], OrderView] = {v.external_id or v.number: v for v in views}
    named = Counter((view.number, view.placed_at) for view in views)
    return found | {(v.number, v.placed_at): v for v in views if named[v.number, v.placed_at] == 1}


def complete(
    order: IncomingOrder, stored: Stored, absent: Collection[str], numbers: Mapping[UUID, str]
) -> None:
    """Fill in what the file has no column for; an order that is not stored stays as it is.

    `numbers`: by which other systems know the stored orders' customers.
    """
    known = stored.get(order.key) or ("Id" in absent and stored.get((order.number, order.placed_at))) or None
    if known is None:
        return
    before = order.financial_status
    for column, (name, value) in KEPT.items():
        if column in absent:
            setattr(order, name, value(known))
    if CUSTOMER_ID in absent and known.customer_id is not None:
        order.customer_external_id = numbers.get(known.customer_id)
    if "Currency" in absent and exponent(known.total.currency) == exponent(order.currency):
        order.currency = known.total.currency
    _people(order, known, absent)
    for line, kept in zip(order.lines, known.lines, strict=False):
        if line.title == kept.title:
            for column, (name, found) in LINES_KEPT.items():
                if column in absent:
                    setattr(line, name, found(kept))
    _amounts(order, known, absent)
    _refund(order, known, absent, before)
    order.status = status_of(order.financial_status, order.fulfilment_status, order.cancelled_at)


def _people(order: IncomingOrder, known: OrderView, absent: Collection[str]) -> None:
    order.billing_address = _address("Billing", order.billing_address, known.billing_address, absent)
    order.shipping_address = _address("Shipping", order.shipping_address, known.shipping_address, absent)
    addresses = (order.billing_address, order.shipping_address)
    order.customer_name = next((a.name for a in addresses if a is not None and a.name), "")
    if "Phone" in absent and known.phone:
        order.phone = known.phone
    if not order.phone and order.billing_address is not None:
        order.phone = order.billing_address.phone or None


def _address(
    kind: str, said: PostalAddress | None, known: PostalAddress | None, absent: Collection[str]
) -> PostalAddress | None:
    parts = [part for part, word in ADDRESS_PARTS.items() if f"{kind} {word}" in absent]
    if known is None or not parts:
        return said
    kept = {part: getattr(known, part) for part in parts}
    whole = msgspec.structs.replace(said or PostalAddress(), **kept)
    return whole if whole != PostalAddress() else None


def _amounts(order: IncomingOrder, known: OrderView, absent: Collection[str]) -> None:
    """A stored subtotal, and shares of discounts, hold for just the stored lines; else they are anew."""
    same = list(map(_price, order.lines)) == [
        (line.title, line.quantity, line.unit_price.minor) for line in known.lines
    ]
    if "Discount Amount" in absent:
        order.discount = max(order.discount, min(known.discount.minor, order.gross))
    same = same and order.discount == known.discount.minor
    if "Subtotal" in absent:
        order.subtotal = known.subtotal.minor if same else max(0, order.gross - order.discount)
    if any(column in absent for column in DISCOUNTS):
        if same:
            for line, kept in zip(order.lines, known.lines, strict=True):
                line.discount = kept.discount.minor
        else:
            share_discount(order)


def _price(line: IncomingLine) -> tuple[str, int, int]:
    return line.title, line.quantity, line.unit_price


def _refund(order: IncomingOrder, known: OrderView, absent: Collection[str], before: FinancialStatus) -> None:
    """A refund nobody counted is the whole (see shopify_orders)."""
    whole = FinancialStatus.REFUNDED
    if "Refunded Amount" in absent:
        news = before is whole and known.financial_status is not whole
        order.refunded = min(order.total, order.refunded if news else known.refunded.minor)
    elif order.financial_status is whole and before is not whole and order.refunded == 0:
        order.refunded = order.total

"""What follows from what a file says of an order, or is known of it."""

from datetime import datetime

from shoplytics.modules.sales.domain import spread
from shoplytics.ports.sales import FinancialStatus, FulfilmentStatus, IncomingOrder, OrderStatus

SETTLED = (FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED)


def share_discount(order: IncomingOrder) -> None:
    """Give each line its share of the discounts known for the order alone.

    Only as much as the subtotal confirms: a discount on shipping lowers no line.
    """
    nets = [line.quantity * line.unit_price - line.discount for line in order.lines]
    rest = min(order.discount - (order.gross - sum(nets)), sum(nets) - order.subtotal)
    if rest > 0:
        for line, share in zip(order.lines, spread(rest, nets), strict=True):
            line.discount += share


def status_of(
    financial: FinancialStatus, fulfilment: FulfilmentStatus, cancelled_at: datetime | None
) -> OrderStatus:
    """Our one word for Shopify's two; an order shipped and paid is completed."""
    if cancelled_at is not None or financial is FinancialStatus.VOIDED:
        return OrderStatus.CANCELLED
    if financial is FinancialStatus.REFUNDED:
        return OrderStatus.REFUNDED
    if fulfilment is FulfilmentStatus.FULFILLED:
        return OrderStatus.COMPLETED if financial in SETTLED else OrderStatus.SHIPPED
    return OrderStatus.PROCESSING if financial in SETTLED else OrderStatus.PENDING

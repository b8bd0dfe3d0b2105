"""A shop's year, through the bulk services of sales and tracking, in one transaction: all or nothing."""

from collections.abc import Mapping, Sequence
from typing import Protocol, cast
from uuid import UUID

from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.ports.sales import (
    FinancialStatus,
    FulfilmentStatus,
    IncomingLine,
    IncomingOrder,
    OrderStatus,
    Recorded,
)
from shoplytics.seed.trade import Order, Trade

SOURCE = "demo"
ORDERS_A_BATCH = 500
VISITS_A_BATCH = 5000


class Sales(Protocol):
    """What the demo needs of the service named `sales`."""

    async def record_orders(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Recorded: ...


async def write_year(infra: Infra, trade: Trade, *, store_id: UUID, products: Mapping[int, UUID]) -> None:
    """`products` holds the product of each good, by its index."""
    async with infra.database.work(DbRole.SYSTEM, store_ids=(store_id,)) as work:
        sales = cast("Sales", WITH_WORK["sales"](infra, work))
        orders: list[IncomingOrder] = []
        for day in trade.days():
            orders += [order_of(order, trade) for order in day.orders]
            if len(orders) >= ORDERS_A_BATCH:
                await sales.record_orders(store_id=store_id, source=SOURCE, orders=orders)
                orders = []
        await sales.record_orders(store_id=store_id, source=SOURCE, orders=orders)
        await work.commit()


def order_of(order: Order, trade: Trade) -> IncomingOrder:
    """As a shop system would hand it over: paid at once, or cancelled before it was."""
    net = sum(line.net for line in order.lines)
    status, financial, fulfilment = _state(order, net)
    return IncomingOrder(
        number=order.number,
        currency=trade.shop.currency,
        placed_at=order.at,
        status=status,
        financial_status=financial,
        fulfilment_status=fulfilment,
        subtotal=net,
        total=order.total,
        lines=_lines(order, trade, fulfilment),
        discount=sum(line.discount for line in order.lines),
        shipping=order.shipping,
        tax=order.tax,
        refunded=order.refunded,
        email=order.buyer.email if order.buyer else None,
        customer_name=f"{order.buyer.first_name} {order.buyer.last_name}" if order.buyer else "",
        paid_at=None if order.cancelled_at else order.at,
        fulfilled_at=order.fulfilled_at,
        cancelled_at=order.cancelled_at,
        session_id=order.session,
    )


def _state(order: Order, net: int) -> tuple[OrderStatus, FinancialStatus, FulfilmentStatus]:
    sent = FulfilmentStatus.FULFILLED if order.fulfilled_at else FulfilmentStatus.UNFULFILLED
    if order.cancelled_at:
        return OrderStatus.CANCELLED, FinancialStatus.VOIDED, FulfilmentStatus.UNFULFILLED
    if order.refunded >= net + order.tax:
        return OrderStatus.REFUNDED, FinancialStatus.REFUNDED, sent
    paid = FinancialStatus.PARTIALLY_REFUNDED if order.refunded else FinancialStatus.PAID
    return (OrderStatus.COMPLETED if order.fulfilled_at else OrderStatus.PROCESSING), paid, sent


def _lines(order: Order, trade: Trade, fulfilment: FulfilmentStatus) -> list[IncomingLine]:
    lines = []
    for line in order.lines:
        item = trade.items[line.item]
        title = trade.shop.goods[item.good].title
        lines.append(
            IncomingLine(
                title=f"{title} - {item.title}" if item.title else title,
                quantity=line.quantity,
                unit_price=line.unit_price,
                sku=item.sku,
                discount=line.discount,
                fulfilment=fulfilment,
            )
        )
    return lines

"""A shop's year, through the bulk services of sales and tracking."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
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
from shoplytics.ports.tracking import NO_CAMPAIGN, Campaign, IncomingVisit
from shoplytics.seed.footfall import Visit
from shoplytics.seed.shops import SHOPS
from shoplytics.seed.trade import Day, Order, Trade

SOURCE = "demo"
ORDERS_A_BATCH = 500
VISITS_A_BATCH = 20_000


def _campaign(utm: tuple[str, str, str] | None) -> Campaign:
    return NO_CAMPAIGN if utm is None else Campaign(source=utm[0], medium=utm[1], name=utm[2])


_CAMPAIGNS = {source.utm: _campaign(source.utm) for shop in SHOPS for source in shop.sources}


class Sales(Protocol):
    """What the demo needs of the service named `sales`."""

    async def record_orders(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Recorded: ...


class Tracking(Protocol):
    """What the demo needs of the service named `tracking`."""

    async def record_visits(self, visits: Sequence[IncomingVisit]) -> None: ...


async def write_year(
    infra: Infra, trade: Trade, *, store_id: UUID, products: Mapping[int, UUID], after: date | None
) -> None:
    """Visits, of some days at a time since they keep live ones waiting, then all orders at once.

    A load that was cut off goes on `after` its last visits, and a store with orders is complete. `products`
    holds the product of each good, by its index.
    """
    orders: list[IncomingOrder] = []
    for part in parts_of(trade.days()):
        orders += [order_of(order, trade) for day in part for order in day.orders]
        days = [day for day in part if after is None or day.date > after]
        visits = [visit_of(visit, store_id, products) for day in days for visit in day.visits]
        if not visits:
            continue
        async with infra.database.work(DbRole.SYSTEM, store_ids=(store_id,)) as work:
            await cast("Tracking", WITH_WORK["tracking"](infra, work)).record_visits(visits)
            await work.commit()
    async with infra.database.work(DbRole.SYSTEM, store_ids=(store_id,)) as work:
        sales = cast("Sales", WITH_WORK["sales"](infra, work))
        for at in range(0, len(orders), ORDERS_A_BATCH):
            batch = orders[at : at + ORDERS_A_BATCH]
            await sales.record_orders(store_id=store_id, source=SOURCE, orders=batch)
        await work.commit()


def parts_of(days: Iterable[Day]) -> Iterator[list[Day]]:
    """Whole days, as tracking wants them, some thousands of visits at a time."""
    part: list[Day] = []
    visits = 0
    for day in days:
        part.append(day)
        visits += len(day.visits)
        if visits >= VISITS_A_BATCH:
            yield part
            part, visits = [], 0
    yield part


def visit_of(visit: Visit, store_id: UUID, products: Mapping[int, UUID]) -> IncomingVisit:
    source = visit.source
    return IncomingVisit(
        store_id=store_id,
        started_at=visit.at,
        visitor=visit.visitor,
        session_id=visit.session,
        path=visit.path,
        product_id=None if visit.good is None else products[visit.good],
        referrer_host=source.referrer if source else None,
        campaign=_CAMPAIGNS[source.utm] if source else NO_CAMPAIGN,
        device=visit.client.device,
        browser=visit.client.browser,
        engaged_ms=visit.engaged * 1000,
    )


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

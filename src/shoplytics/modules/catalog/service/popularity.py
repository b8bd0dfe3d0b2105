"""How popular products are: visits + 10 x units sold, of the last thirty days, of the own store."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.modules.catalog.ports import CountedSale, PopularityRepository
from shoplytics.ports.sales import OrderFact, OrdersRecorded
from shoplytics.ports.tracking import VisitsRecorded

DAYS = 30
UNIT = 10
"""A unit sold counts as much as this many visits."""


class Popularity:
    """Each event counts once, in the transaction that marks it done; of an order its newest version."""

    def __init__(self, *, kept: PopularityRepository, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock

    async def count_visits(self, event: VisitsRecorded) -> None:
        if event.store_id is None or event.day < self._first_day():
            return
        seen: Counter[tuple[UUID, date]] = Counter()
        for product in event.products:
            seen[product.product_id, event.day] += product.visits
        if seen:
            await self._kept.count(store_id=event.store_id, scores=seen)

    async def count_sales(self, event: OrdersRecorded) -> None:
        """Orders of any source. What is older than the window costs nothing: histories are imported whole."""
        sales = [_counted(order) for order in event.orders if _day(order) >= self._first_day()]
        if event.store_id is None or not sales:
            return
        former = await self._kept.sales(store_id=event.store_id, order_ids=[s.order_id for s in sales])
        newer: dict[UUID, CountedSale] = {}
        for sale in sales:
            known = newer.get(sale.order_id) or former.get(sale.order_id)
            if known is None or known.version < sale.version:
                newer[sale.order_id] = sale
        scores: Counter[tuple[UUID, date]] = Counter()
        for sale in newer.values():
            before = former.get(sale.order_id)
            for product, units in () if before is None else before.units.items():
                scores[product, before.day if before else sale.day] -= units * UNIT
            for product, units in sale.units.items():
                scores[product, sale.day] += units * UNIT
        await self._kept.keep(store_id=event.store_id, sales=list(newer.values()))
        await self._kept.count(store_id=event.store_id, scores={k: v for k, v in scores.items() if v})

    async def forget(self, now: datetime) -> None:
        await self._kept.forget(before=now.astimezone(UTC).date() - timedelta(days=DAYS))

    def _first_day(self) -> date:
        return self._clock().astimezone(UTC).date() - timedelta(days=DAYS)


def _day(order: OrderFact) -> date:
    return order.placed_at.astimezone(UTC).date()


def _counted(order: OrderFact) -> CountedSale:
    units: Counter[UUID] = Counter()
    for line in order.lines if order.counts else ():
        if line.product_id is not None:
            units[line.product_id] += line.quantity
    return CountedSale(order_id=order.order_id, version=order.version, day=_day(order), units=dict(units))

"""Orders that nobody has paid, given up by their buyer or by time."""

from collections.abc import Sequence

import msgspec

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.kernel.clock import Clock
from shoplytics.modules.sales.domain import IllegalTransition, Move, moved
from shoplytics.modules.sales.ports import CheckoutRecords, OrderMoves, OrderState
from shoplytics.modules.sales.service.moving import Moving, Step
from shoplytics.modules.sales.service.settlement import OPEN
from shoplytics.ports.catalog.stock import StockKeeper
from shoplytics.ports.sales import OrderCancelled

FREED_AT_ONCE = 500
ENDED_AT_ONCE = 200
NOT_PAID = "not paid in time"


class Cancelling:
    def __init__(
        self,
        *,
        orders: OrderMoves,
        moving: Moving,
        stock: StockKeeper,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._moving = moving
        self._stock = stock
        self._clock = clock

    async def cancel(self, orders: Sequence[OrderState], *, reason: str, actor: Actor) -> list[OrderState]:
        """What they held is free, and their discounts may be used again. The caller has locked them.

        Raises IllegalTransition for one that is paid, or cancelled already.
        """
        for order in orders:
            _only_unpaid(order)
        if not orders:
            return []
        await self._orders.give_back_discounts(orders, now=self._clock())
        held = [order.id for order in orders if order.held_until is not None]
        if held:
            await self._stock.release(held)
        steps = [
            Step(order=msgspec.structs.replace(order, cancel_reason=reason), move=Move.CANCEL)
            for order in orders
        ]
        events = [OrderCancelled(store_id=o.store_id, order_id=o.id, paid=False) for o in orders]
        return await self._moving.apply(steps, actor=actor, events=events)


def _only_unpaid(order: OrderState) -> None:
    """Paid ones the store cancels, and decides what comes back. Raises IllegalTransition."""
    if order.status not in OPEN:
        moved(order.status, Move.CANCEL)
        msg = "The order is paid: ask the store to cancel it."
        raise IllegalTransition(msg, extra={"order_status": order.status, "move": Move.CANCEL.value})


class Expiry:
    """What nobody paid in time, by the database's clock: first the stock is free again, then it is over.

    A part at a time: others work on the rest, and the next run on what comes after.
    """

    def __init__(
        self, *, checkouts: CheckoutRecords, orders: OrderMoves, cancelling: Cancelling, stock: StockKeeper
    ) -> None:
        self._checkouts = checkouts
        self._orders = orders
        self._cancelling = cancelling
        self._stock = stock

    async def free_stock(self) -> int:
        """How many orders hold nothing any more; they can still be paid."""
        late = await self._checkouts.lapsed(limit=FREED_AT_ONCE)
        if late:
            await self._stock.release(late)
            await self._checkouts.let_go(late)
        return len(late)

    async def cancel_unpaid(self) -> int:
        late = await self._checkouts.ended(limit=ENDED_AT_ONCE)
        orders = await self._orders.lock(order_ids=late) if late else []
        await self._cancelling.cancel(orders, reason=NOT_PAID, actor=SYSTEM)
        return len(orders)

"""What staff do with an order of their store, from one place."""

from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Stale
from shoplytics.modules.sales.domain import Move, moved
from shoplytics.modules.sales.ports import OrderHandling, OrderMoves, OrderState
from shoplytics.modules.sales.schemas import CancelInput, OrderPatch
from shoplytics.modules.sales.service.fulfilling import Fulfilling
from shoplytics.modules.sales.service.handling import Desk
from shoplytics.modules.sales.service.moving import Step
from shoplytics.modules.sales.service.recording import PAID
from shoplytics.modules.sales.service.refunding import Refunding
from shoplytics.modules.sales.service.returning import Returning, with_restocked
from shoplytics.ports.catalog.stock import StockKeeper
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import FulfilmentStatus, OrderCancelled


class StaffOrders:
    def __init__(
        self,
        *,
        desk: Desk,
        orders: OrderMoves,
        handling: OrderHandling,
        fulfilling: Fulfilling,
        returning: Returning,
        refunding: Refunding,
        stock: StockKeeper,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._orders = orders
        self._handling = handling
        self.fulfilling = fulfilling
        self.returning = returning
        self.refunding = refunding
        self._stock = stock
        self._outbox = outbox
        self._clock = clock

    async def cancel(self, *, store_id: UUID, order_id: UUID, data: CancelInput, actor: Actor) -> None:
        """What it held, or had taken and was not shipped, is on the shelf again; discounts may be used again.

        Money that was paid is not given back by this: refund it. Raises IllegalTransition.
        """
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        moved(taken.status, Move.CANCEL)
        paid = taken.financial_status in PAID
        order = msgspec.structs.replace(taken, cancel_reason=data.reason)
        back: dict[int, int] = {}
        if paid and data.restock:
            order, back = with_restocked(order, {line.position: line.quantity for line in order.lines})
            if not any(line.shipped for line in order.lines):
                order = msgspec.structs.replace(order, fulfilment_status=FulfilmentStatus.RESTOCKED)
        await self._orders.give_back_discounts([taken], now=self._clock())
        if not paid:
            await self._stock.release([order_id])
        await self.returning.restock(order, back, reference=order_id, reason="cancelled", actor=actor)
        step = Step(order=order, move=Move.CANCEL, detail={"paid": paid, "restocked": bool(back)})
        await self._desk.put(step, taken=taken, action="cancel", actor=actor)
        await self._outbox.add(OrderCancelled(store_id=store_id, order_id=order_id, paid=paid))

    async def change(
        self, *, store_id: UUID, order_id: UUID, data: OrderPatch, version: int | None, actor: Actor
    ) -> None:
        """Raises Stale."""
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        if version is not None and taken.version != version:
            raise Stale
        if data.staff_note is UNSET or data.staff_note == await self._note(taken):
            return
        await self._handling.write_note(store_id=store_id, order_id=order_id, note=data.staff_note)
        step = Step(order=taken, kind="note")
        await self._desk.put(step, taken=taken, action="note", actor=actor)

    async def _note(self, order: OrderState) -> str:
        return await self._handling.note(store_id=order.store_id, order_id=order.id)

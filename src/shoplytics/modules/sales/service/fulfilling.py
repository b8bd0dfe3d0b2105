"""Parcels: an order is shipped in one or in several, and is done in the end."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import Move, Pieces, TooManyPieces, checked_pieces, moved
from shoplytics.modules.sales.ports import NewFulfilment, OrderHandling, OrderPiece, OrderState
from shoplytics.modules.sales.schemas import ShipInput
from shoplytics.modules.sales.service.handling import Desk
from shoplytics.modules.sales.service.moving import Step
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import FulfilmentStatus, OrderCompleted, OrderShipped


class Fulfilling:
    def __init__(self, *, desk: Desk, handling: OrderHandling, outbox: Outbox, clock: Clock) -> None:
        self._desk = desk
        self._handling = handling
        self._outbox = outbox
        self._clock = clock

    async def ship(self, *, store_id: UUID, order_id: UUID, data: ShipInput, actor: Actor) -> None:
        """Raises Invalid, TooManyPieces and IllegalTransition; until all is shipped the status stays."""
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        moved(taken.status, Move.SHIP)
        left = {line.position: line.quantity - line.shipped - line.restocked for line in taken.lines}
        if data.lines is None:
            chosen = {position: count for position, count in left.items() if count}
        else:
            wanted = [Pieces(position=one.position, quantity=one.quantity) for one in data.lines]
            chosen = checked_pieces(wanted, left)
        if not chosen:
            raise TooManyPieces("There is nothing left to ship.")
        parcel = NewFulfilment(
            id=new_id(),
            store_id=store_id,
            order_id=order_id,
            tracking_number=data.tracking_number,
            carrier=data.carrier,
            lines=chosen,
            actor=actor.label,
        )
        await self._handling.add_fulfilment(parcel)
        await self._desk.put(self._shipped(taken, parcel), taken=taken, action="ship", actor=actor)
        event = OrderShipped(store_id=store_id, order_id=order_id, fulfilment_id=parcel.id)
        await self._outbox.add(event)

    def _shipped(self, taken: OrderState, parcel: NewFulfilment) -> Step:
        lines = tuple(_with_shipped(line, parcel.lines) for line in taken.lines)
        whole = all(line.shipped + line.restocked == line.quantity for line in lines)
        order = msgspec.structs.replace(
            taken,
            lines=lines,
            fulfilment_status=FulfilmentStatus.FULFILLED if whole else FulfilmentStatus.PARTIAL,
            fulfilled_at=self._clock() if whole else None,
        )
        detail = {"fulfilment_id": parcel.id, "pieces": sum(parcel.lines.values())}
        return Step(order=order, move=Move.SHIP if whole else None, kind="ship", detail=detail)

    async def complete(self, *, store_id: UUID, order_id: UUID, actor: Actor) -> None:
        """Raises IllegalTransition."""
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        step = Step(order=taken, move=Move.COMPLETE)
        await self._desk.put(step, taken=taken, action="complete", actor=actor)
        await self._outbox.add(OrderCompleted(store_id=store_id, order_id=order_id))


def _with_shipped(line: OrderPiece, chosen: Mapping[int, int]) -> OrderPiece:
    shipped = line.shipped + chosen.get(line.position, 0)
    whole = shipped + line.restocked == line.quantity
    status = FulfilmentStatus.FULFILLED if whole else FulfilmentStatus.PARTIAL
    return msgspec.structs.replace(
        line, shipped=shipped, fulfilment=status if shipped else FulfilmentStatus.UNFULFILLED
    )

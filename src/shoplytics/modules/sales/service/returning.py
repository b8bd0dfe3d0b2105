"""Goods that come back, and goods that never left: both are on the shelf again, each piece once."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import Pieces, checked_pieces
from shoplytics.modules.sales.ports import NewReturn, OrderHandling, OrderState
from shoplytics.modules.sales.schemas import ReturnInput
from shoplytics.modules.sales.service.handling import Desk
from shoplytics.modules.sales.service.moving import Step
from shoplytics.ports.catalog.stock import StockKeeper, StockLine


class Returning:
    def __init__(self, *, desk: Desk, handling: OrderHandling, stock: StockKeeper) -> None:
        self._desk = desk
        self._handling = handling
        self._stock = stock

    async def take_back(self, *, store_id: UUID, order_id: UUID, data: ReturnInput, actor: Actor) -> None:
        """Whatever the state: what was shipped can come back. Raises Invalid, TooManyPieces."""
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        wanted = [Pieces(position=one.position, quantity=one.quantity) for one in data.lines]
        chosen = checked_pieces(wanted, {line.position: line.shipped - line.returned for line in taken.lines})
        new = NewReturn(
            id=new_id(),
            store_id=store_id,
            order_id=order_id,
            lines=chosen,
            reason=data.reason,
            restocked=data.restock,
            actor=actor.label,
        )
        await self._handling.add_return(new)
        lines = tuple(
            msgspec.structs.replace(line, returned=line.returned + chosen.get(line.position, 0))
            for line in taken.lines
        )
        detail = {"return_id": new.id, "pieces": sum(chosen.values()), "restocked": data.restock}
        step = Step(order=msgspec.structs.replace(taken, lines=lines), kind="return", detail=detail)
        if data.restock:
            await self.restock(taken, chosen, reference=new.id, reason="returned", actor=actor)
        await self._desk.put(step, taken=taken, action="return", actor=actor)

    async def restock(
        self, order: OrderState, pieces: Mapping[int, int], *, reference: UUID, reason: str, actor: Actor
    ) -> None:
        """Pieces by the positions of their lines."""
        lines = [
            StockLine(offer_id=line.offer_id, quantity=pieces[line.position])
            for line in order.lines
            if line.offer_id is not None and pieces.get(line.position)
        ]
        if lines:
            why = f"{reason}: order {order.number}"
            await self._stock.restock(reference=reference, lines=lines, reason=why, actor=actor)


def with_restocked(order: OrderState, wanted: Mapping[int, int]) -> tuple[OrderState, dict[int, int]]:
    """Pieces that were never shipped go back: the order as it is then, and how many of each line do."""
    back = {
        line.position: min(wanted.get(line.position, 0), line.quantity - line.shipped - line.restocked)
        for line in order.lines
    }
    lines = tuple(
        msgspec.structs.replace(line, restocked=line.restocked + back[line.position]) for line in order.lines
    )
    return msgspec.structs.replace(order, lines=lines), {place: n for place, n in back.items() if n}

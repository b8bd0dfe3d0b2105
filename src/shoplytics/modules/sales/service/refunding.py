"""Money that goes back to the buyer: recorded here, never more than was paid; payments hear of it."""

from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import FieldError, Invalid, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import (
    Move,
    Pieces,
    RefundTooLarge,
    checked_pieces,
    moved,
    worth,
)
from shoplytics.modules.sales.ports import NewRefund, OrderHandling, OrderPiece, OrderState
from shoplytics.modules.sales.schemas import RefundInput
from shoplytics.modules.sales.service.amounts import Amounts
from shoplytics.modules.sales.service.handling import Desk
from shoplytics.modules.sales.service.moving import Step
from shoplytics.modules.sales.service.recording import PAID
from shoplytics.modules.sales.service.returning import Returning, with_restocked
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import FinancialStatus, OrderRefunded


class Refunding:
    def __init__(self, *, desk: Desk, handling: OrderHandling, returning: Returning, outbox: Outbox) -> None:
        self._desk = desk
        self._handling = handling
        self._returning = returning
        self._outbox = outbox

    async def refund(self, *, store_id: UUID, order_id: UUID, data: RefundInput, actor: Actor) -> None:
        """Raises Invalid, TooManyPieces, RefundTooLarge and IllegalTransition."""
        taken = await self._desk.take(store_id=store_id, order_id=order_id)
        moved(taken.status, Move.REFUND)
        pieces, amount = _asked(taken, data)
        left = refundable(taken)
        if not 0 < amount <= left:
            raise RefundTooLarge(extra={"refundable": Money(left, taken.currency)})
        order, back = with_restocked(taken, pieces) if data.restock else (taken, {})
        new = NewRefund(
            id=new_id(),
            store_id=store_id,
            order_id=order_id,
            amount=amount,
            currency=taken.currency,
            lines=pieces,
            reason=data.reason,
            restocked=bool(back),
            actor=actor.label,
        )
        await self._handling.add_refund(new)
        order = _refunded(order, new)
        whole = order.refunded == order.total
        detail = {"refund_id": new.id, "amount": Money(amount, taken.currency)}
        step = Step(order=order, move=Move.REFUND if whole else None, kind="refund", detail=detail)
        await self._returning.restock(order, back, reference=new.id, reason="refunded", actor=actor)
        await self._desk.put(step, taken=taken, action="refund", actor=actor)
        await self._outbox.add(
            OrderRefunded(
                store_id=store_id, order_id=order_id, refund_id=new.id, amount=Money(amount, taken.currency)
            )
        )


def refundable(order: OrderState) -> int:
    """What was paid and has not gone back."""
    return order.total - order.refunded if order.financial_status in PAID else 0


def _asked(order: OrderState, data: RefundInput) -> tuple[dict[int, int], int]:
    """Pieces by line, and minor units. Raises Invalid, TooManyPieces."""
    if data.lines is not None:
        if data.amount is not None:
            raise invalid_field("/amount", "not_alone", "Give an amount or lines.")
        wanted = [Pieces(position=one.position, quantity=one.quantity) for one in data.lines]
        pieces = checked_pieces(wanted, _left(order))
        return pieces, sum(_worth(line, pieces.get(line.position, 0)) for line in order.lines)
    if data.amount is None:
        return {place: count for place, count in _left(order).items() if count}, refundable(order)
    amounts = Amounts(order.currency)
    amount = amounts.minor(data.amount, "/amount") or 0
    errors = list(amounts.errors)
    if not errors and amount == 0:
        errors.append(FieldError("/amount", "out_of_range", "Give more than nothing."))
    if data.restock:
        errors.append(FieldError("/restock", "needs_lines", "Name the lines that go back to the shelf."))
    if errors:
        raise Invalid(errors=errors)
    return {}, amount


def _left(order: OrderState) -> dict[int, int]:
    return {line.position: line.quantity - line.refunded for line in order.lines}


def _worth(line: OrderPiece, count: int) -> int:
    """With the tax that came on top."""
    charged = line.total + line.tax - line.tax_included
    return worth(charged, of=line.quantity, after=line.refunded, count=count)


def _refunded(order: OrderState, new: NewRefund) -> OrderState:
    refunded = order.refunded + new.amount
    whole = refunded == order.total
    return msgspec.structs.replace(
        order,
        refunded=refunded,
        financial_status=FinancialStatus.REFUNDED if whole else FinancialStatus.PARTIALLY_REFUNDED,
        lines=tuple(
            msgspec.structs.replace(line, refunded=line.refunded + new.lines.get(line.position, 0))
            for line in order.lines
        ),
    )

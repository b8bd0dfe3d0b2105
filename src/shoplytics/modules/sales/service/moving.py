"""The one way in which a native order changes: checked, saved, in its history, told to the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.events import Event
from shoplytics.modules.sales.domain import Move, moved
from shoplytics.modules.sales.ports import Entry, OrderMoves, OrderState
from shoplytics.modules.sales.service.recording import PAID
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import FinancialStatus, LineFact, OrderFact, OrdersRecorded

NATIVE = "native"


class ManagedElsewhere(Conflict):
    code = "managed_elsewhere"
    message = "The order came from another system, and is changed there only."


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to a locked order. Without a `move` its status stays, and `kind` names what it was.

    The order is given as it is to be but for what follows from the move: status and times, and version.
    """

    order: OrderState
    move: Move | None = None
    kind: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


class Moving:
    """Changes orders that the caller has locked by `OrderMoves.lock` in the same transaction."""

    def __init__(self, *, orders: OrderMoves, outbox: Outbox, clock: Clock) -> None:
        self._orders = orders
        self._outbox = outbox
        self._clock = clock

    async def apply(
        self,
        steps: Sequence[Step],
        *,
        actor: Actor,
        before: Sequence[OrderState] = (),
        events: Sequence[Event] = (),
    ) -> list[OrderState]:
        """The orders as they are then. Raises IllegalTransition, ManagedElsewhere.

        `before`: as they were locked, where a step gives more than a move (it is compared for the reports).
        `events` go out with what the reports are told. Stock and discounts are the caller's, before this.
        """
        if not steps:
            return []
        now = self._clock()
        changed = [_changed(step, now) for step in steps]
        saved = await self._orders.save(changed, actor=actor.label, now=now)
        known = {order.id: order for order in (*(step.order for step in steps), *before)}
        told = [order for order in saved if _told(order) != _told(known[order.id])]
        if told:
            counted = [o for o in told if _counted(o) != _counted(known[o.id])]
            await self._orders.recount(counted)
        if told or events:
            await self._outbox.add(*events, *facts_event(told))
        return saved


def _changed(step: Step, now: datetime) -> tuple[OrderState, Entry]:
    order = step.order
    if order.source != NATIVE:
        raise ManagedElsewhere
    status = order.status if step.move is None else moved(order.status, step.move)
    entry = Entry(
        kind=step.kind or str(step.move),
        status_from=order.status if step.move is not None else None,
        status_to=status if step.move is not None else None,
        detail=msgspec.Raw(to_json(step.detail)),
    )
    return _following(order, step.move, status, now), entry


def _following(order: OrderState, move: Move | None, status: str, now: datetime) -> OrderState:
    if move is Move.PAY:
        return msgspec.structs.replace(
            order,
            status=status,
            financial_status=FinancialStatus.PAID,
            paid_at=now,
            held_until=None,
            expires_at=None,
        )
    if move is Move.CANCEL:
        paid = order.financial_status in PAID
        return msgspec.structs.replace(
            order,
            status=status,
            financial_status=order.financial_status if paid else FinancialStatus.VOIDED,
            counts=order.counts and paid,
            cancelled_at=now,
            held_until=None,
            expires_at=None,
        )
    return msgspec.structs.replace(order, status=status)


def _told(order: OrderState) -> tuple[object, ...]:
    """What reports know of an order and a change may change."""
    return order.counts, order.refunded, order.financial_status in PAID, order.total


def _counted(order: OrderState) -> tuple[object, ...]:
    return order.counts, order.refunded


def facts_event(orders: Sequence[OrderState]) -> list[OrdersRecorded]:
    """One a store."""
    by_store: dict[UUID, list[OrderFact]] = {}
    for order in orders:
        by_store.setdefault(order.store_id, []).append(fact_of_state(order))
    return [OrdersRecorded(store_id=store, orders=tuple(facts)) for store, facts in by_store.items()]


def fact_of_state(order: OrderState) -> OrderFact:
    return OrderFact(
        order_id=order.id,
        version=order.version,
        source=order.source,
        placed_at=order.placed_at,
        currency=order.currency,
        gross=order.gross,
        discount=order.discount,
        shipping=order.shipping,
        tax=order.tax - order.tax_included,  # what stands within the prices is no addition to them
        total=order.total,
        refunded=order.refunded,
        counts=order.counts,
        paid=order.financial_status in PAID,
        customer_id=order.customer_id,
        session_id=order.session_id,
        lines=tuple(
            LineFact(
                position=line.position,
                product_id=line.product_id,
                variant_id=line.variant_id,
                sku=line.sku,
                title=line.title,
                quantity=line.quantity,
                net=line.total,
            )
            for line in order.lines
        ),
    )

"""What every deed of staff with an order has in common: it is locked, moved, and written down who did it."""

from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.ports import OrderMoves, OrderState
from shoplytics.modules.sales.service.moving import NATIVE, ManagedElsewhere, Moving, Step
from shoplytics.ports.tenancy import AuditLog


class OrderMark(msgspec.Struct, frozen=True, kw_only=True):
    """How an order stood, for audit rows."""

    status: str
    financial_status: str
    fulfilment_status: str
    refunded: Money
    version: int


class Desk:
    """In the store's unit of work."""

    def __init__(self, *, orders: OrderMoves, moving: Moving, audit: AuditLog) -> None:
        self._orders = orders
        self._moving = moving
        self._audit = audit

    async def take(self, *, store_id: UUID, order_id: UUID) -> OrderState:
        """Locked until the end of the work. Raises NotFound, ManagedElsewhere."""
        found = await self._orders.lock(store_id=store_id, order_ids=[order_id])
        if not found:
            raise NotFound
        if found[0].source != NATIVE:
            raise ManagedElsewhere
        return found[0]

    async def put(self, step: Step, *, taken: OrderState, action: str, actor: Actor) -> OrderState:
        """As it is then. `taken` is how it was. Raises IllegalTransition."""
        if step.order.lines != taken.lines:
            await self._orders.save_lines([step.order])
        (saved,) = await self._moving.apply([step], before=[taken], actor=actor)
        await self._audit.record(
            actor=actor,
            action=f"orders.{action}",
            target=f"order:{saved.id}",
            store_id=saved.store_id,
            before=_mark(taken),
            after=_mark(saved),
        )
        return saved


def _mark(order: OrderState) -> OrderMark:
    return OrderMark(
        status=order.status,
        financial_status=order.financial_status,
        fulfilment_status=order.fulfilment_status,
        refunded=Money(order.refunded, order.currency),
        version=order.version,
    )

"""What payments may ask of checkouts, and the one place where money becomes paid orders."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import ANONYMOUS, Actor, ActorKind
from shoplytics.kernel.errors import Conflict, NotFound
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import Move, OutOfStock
from shoplytics.modules.sales.ports import CartOwner, CheckoutRecords, OrderMoves, OrderState
from shoplytics.modules.sales.service.moving import NATIVE, ManagedElsewhere, Moving, Step
from shoplytics.modules.sales.service.recording import PAID
from shoplytics.ports.catalog.stock import ShortOffer, StockKeeper, StockLine
from shoplytics.ports.sales import OrderPaid, OrderStatus, Payable, PayableOrder, Settled

OPEN = frozenset({OrderStatus.CREATED.value, OrderStatus.PENDING.value})


class NothingToPay(Conflict):
    code = "nothing_to_pay"
    message = "There is nothing to pay: it is paid, or cancelled."


class Settlement:
    """See Checkouts in ports/sales/checkouts.py."""

    def __init__(
        self,
        *,
        checkouts: CheckoutRecords,
        orders: OrderMoves,
        moving: Moving,
        stock: StockKeeper,
    ) -> None:
        self._checkouts = checkouts
        self._orders = orders
        self._moving = moving
        self._stock = stock
        self._locked: dict[UUID, list[OrderState]] = {}

    async def payable(
        self,
        *,
        checkout_id: UUID | None,
        order_id: UUID | None,
        user_id: UUID | None,
        token_hash: bytes | None,
    ) -> Payable:
        owner = CartOwner(user_id=user_id, token_hash=token_hash)
        found = await self._checkouts.lock(checkout_id=checkout_id, order_id=order_id, owner=owner)
        if found is None:
            raise NotFound
        orders = await self._due(found.orders)
        self._locked[found.id] = orders  # until the end: what comes next need not ask again
        due = _payable(found.id, orders, email=found.email, user_id=found.user_id)
        return msgspec.structs.replace(due, token_hash=found.token_hash)

    async def owed(self, *, store_id: UUID, order_id: UUID) -> Payable:
        orders = await self._orders.lock(store_id=store_id, order_ids=[order_id], lines=False)
        if not orders:
            raise NotFound
        order = orders[0]
        if order.source != NATIVE or order.checkout_id is None:
            raise ManagedElsewhere
        due = await self._due(orders)
        return _payable(order.checkout_id, due, email=order.email or "", user_id=order.user_id)

    async def attempted(self, *, checkout_id: UUID, actor: Actor) -> None:
        await self._all(checkout_id, OrderStatus.CREATED, Move.ATTEMPT, actor)

    async def given_up(self, *, checkout_id: UUID, actor: Actor) -> None:
        await self._all(checkout_id, OrderStatus.PENDING, Move.GIVE_UP, actor)

    async def settle(
        self, *, checkout_id: UUID, paid: Money, payment_id: UUID, actor: Actor, order_id: UUID | None = None
    ) -> tuple[Settled, Sequence[PayableOrder]]:
        orders = await self._orders.lock(checkout_id=checkout_id)
        wanted = [order for order in orders if order_id is None or order.id == order_id]
        if not wanted:
            raise NotFound
        due = _open(wanted)
        if not due:
            already = any(order.financial_status in PAID for order in wanted)
            return (Settled.ALREADY if already else Settled.TOO_LATE), ()
        if paid != _sum(due):
            return Settled.MISMATCH, ()
        if await self._hold(due):
            return Settled.TOO_LATE, ()
        await self.pay(due, detail={"payment_id": payment_id}, actor=actor)
        return Settled.BOOKED, _parts(due)

    async def pay(
        self, orders: Sequence[OrderState], *, detail: dict[str, object], actor: Actor
    ) -> list[OrderState]:
        """Their stock leaves the shelf. They are open and locked, and what they want is held."""
        await self._stock.commit([order.id for order in orders], actor=actor)
        steps = [Step(order=order, move=Move.PAY, detail=detail) for order in orders]
        events = [OrderPaid(store_id=order.store_id, order_id=order.id) for order in orders]
        return await self._moving.apply(steps, actor=actor, events=events)

    async def _all(self, checkout_id: UUID, status: OrderStatus, move: Move, actor: Actor) -> None:
        orders = self._locked.pop(checkout_id, None)
        if orders is None:
            orders = await self._orders.lock(checkout_id=checkout_id, lines=False)
        steps = [Step(order=order, move=move) for order in orders if order.status == status]
        await self._moving.apply(steps, actor=actor)

    async def _due(self, orders: Sequence[OrderState]) -> list[OrderState]:
        """What is open among them, held (again). Raises NothingToPay, OutOfStock."""
        due = _open(orders)
        if not due:
            raise NothingToPay
        free = [order.id for order in due if order.held_until is None]
        if not free:
            return due
        whole = await self._orders.lock(order_ids=free)
        short = await self._hold(whole)
        if short:
            raise OutOfStock(extra={"lines": [_told(one) for one in short]})
        held = {order.id: order for order in await self._checkouts.hold(whole)}
        return [held.get(order.id, order) for order in due]

    async def _hold(self, due: Collection[OrderState]) -> list[ShortOffer]:
        """Hold again what was let go, all of it; what is short of it."""
        free = {order.id: stock_lines(order) for order in due if order.held_until is None}
        return await self._stock.reserve(free) if free else []


def stock_lines(order: OrderState) -> list[StockLine]:
    """What an order takes from the shelf."""
    return [
        StockLine(offer_id=line.offer_id, quantity=line.quantity)
        for line in order.lines
        if line.offer_id is not None
    ]


def shopper(user_id: UUID | None) -> Actor:
    """Whoever buys, as the history names them."""
    return ANONYMOUS if user_id is None else Actor(kind=ActorKind.USER, user_id=user_id)


def _open(orders: Sequence[OrderState]) -> list[OrderState]:
    return [order for order in orders if order.status in OPEN and order.source == NATIVE]


def _sum(orders: Sequence[OrderState]) -> Money:
    return Money(sum(order.total for order in orders), orders[0].currency)


def _parts(orders: Sequence[OrderState]) -> tuple[PayableOrder, ...]:
    return tuple(
        PayableOrder(
            store_id=order.store_id,
            order_id=order.id,
            number=order.number,
            total=Money(order.total, order.currency),
        )
        for order in orders
    )


def _payable(checkout_id: UUID, orders: Sequence[OrderState], *, email: str, user_id: UUID | None) -> Payable:
    return Payable(
        checkout_id=checkout_id, amount=_sum(orders), email=email, user_id=user_id, orders=_parts(orders)
    )


def _told(short: ShortOffer) -> dict[str, object]:
    return {"offer_id": str(short.offer_id), "wanted": short.wanted, "available": short.available}

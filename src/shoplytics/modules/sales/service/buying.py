"""Orders as their buyer has them: a signed-in user's own, or those whose token a guest has."""

from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import NotFound, Unauthenticated
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import token_hash
from shoplytics.modules.sales.ports import BoughtOrders, CartOwner, OrderMoves, PageOf
from shoplytics.modules.sales.service.cancelling import Cancelling
from shoplytics.ports.sales import OrderSummary, OrderView


class BoughtService:
    def __init__(self, *, bought: BoughtOrders, orders: OrderMoves, cancelling: Cancelling) -> None:
        self._bought = bought
        self._orders = orders
        self._cancelling = cancelling

    async def orders(self, *, actor: Actor, token: str | None, page: PageOf) -> Page[OrderSummary]:
        """Raises Unauthenticated for one who is nobody and has nothing, or what is no token of ours."""
        owner = _owner(actor, token)
        if owner.user_id is None and owner.token_hash is None:
            raise Unauthenticated
        return await self._bought.page(owner, page)

    async def order(self, *, actor: Actor, token: str | None, order_id: UUID) -> OrderView:
        """Raises Unauthenticated, NotFound."""
        found = await self._bought.one(_owner(actor, token), order_id=order_id)
        if found is None:
            raise NotFound
        return found

    async def cancel(self, *, actor: Actor, token: str | None, order_id: UUID, reason: str) -> OrderView:
        """Raises Unauthenticated, NotFound, IllegalTransition."""
        await self.order(actor=actor, token=token, order_id=order_id)
        orders = await self._orders.lock(order_ids=[order_id])
        await self._cancelling.cancel(orders, reason=reason, actor=actor)
        return await self.order(actor=actor, token=token, order_id=order_id)


def _owner(actor: Actor, token: str | None) -> CartOwner:
    owner = CartOwner(user_id=actor.user_id, token_hash=token_hash(token))
    if owner.user_id is None and token is None:
        raise Unauthenticated
    return owner

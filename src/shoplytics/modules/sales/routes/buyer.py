"""Orders over HTTP, on the buyer's side."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import HeaderParameter, Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.ports import PageOf
from shoplytics.modules.sales.routes.parameters import Limit
from shoplytics.modules.sales.routes.permissions import OWN_ORDERS
from shoplytics.modules.sales.schemas import Cancellation
from shoplytics.modules.sales.service import BoughtService
from shoplytics.ports.sales import OrderSummary, OrderView

OrderToken = Annotated[
    str | None,
    HeaderParameter(name="X-Order-Token", description="A guest's orders: `order_token` of their checkout."),
]


class BoughtOrderController(Controller):
    path = "/orders"
    tags = ("Your orders",)
    opt = {"keyed": True}  # noqa: RUF012 - Litestar's own attribute

    @get(permission=OWN_ORDERS)
    async def bought_orders(
        self,
        *,
        actor: Actor,
        bought: BoughtService,
        order_token: OrderToken = None,
        sort: Annotated[str, Parameter(description="-placed_at or placed_at.")] = "-placed_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[OrderSummary]:
        """What you have ordered, the newest first; with X-Order-Token also the orders of that checkout."""
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await bought.orders(actor=actor, token=order_token, page=page)

    @get("/{order_id:uuid}", permission=OWN_ORDERS)
    async def bought_order(
        self, order_id: UUID, actor: Actor, bought: BoughtService, order_token: OrderToken = None
    ) -> OrderView:
        """One of your orders, with its parcels and what happened to it."""
        return await bought.order(actor=actor, token=order_token, order_id=order_id)

    @post("/{order_id:uuid}/cancel", permission=OWN_ORDERS, status_code=200, idempotent=True)
    async def cancel_bought_order(
        self,
        order_id: UUID,
        actor: Actor,
        bought: BoughtService,
        data: Cancellation | None = None,
        order_token: OrderToken = None,
    ) -> OrderView:
        """Take an order back before it is paid. A paid one the store cancels: 409 `illegal_transition`."""
        reason = data.reason if data is not None else ""
        return await bought.cancel(actor=actor, token=order_token, order_id=order_id, reason=reason)

"""What staff do with their store's orders, over HTTP."""

from uuid import UUID

from litestar import Controller, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.modules.sales.routes.permissions import REFUND, WRITE_ORDERS
from shoplytics.modules.sales.schemas import CancelInput, OrderPatch, RefundInput, ReturnInput, ShipInput
from shoplytics.modules.sales.service import SalesService, StaffOrders
from shoplytics.ports.sales import StoreOrderView


class OrderHandlingController(Controller):
    path = "/stores/{store_id:uuid}/orders/{order_id:uuid}"
    tags = ("Orders",)

    @patch(permission=WRITE_ORDERS)
    async def change_order(
        self,
        *,
        store_id: UUID,
        order_id: UUID,
        data: OrderPatch,
        if_match: int | None,
        actor: Actor,
        staff_orders: StaffOrders,
        sales: SalesService,
    ) -> StoreOrderView:
        """Note something about it for the store's own eyes."""
        await staff_orders.change(
            store_id=store_id, order_id=order_id, data=data, version=if_match, actor=actor
        )
        return await sales.order(store_id=store_id, order_id=order_id)

    @post("/ship", permission=WRITE_ORDERS, status_code=200)
    async def ship_order(
        self,
        *,
        store_id: UUID,
        order_id: UUID,
        data: ShipInput,
        actor: Actor,
        staff_orders: StaffOrders,
        sales: SalesService,
    ) -> StoreOrderView:
        """A parcel is on its way, and the buyer is told; the order is `shipped` when nothing is left."""
        await staff_orders.fulfilling.ship(store_id=store_id, order_id=order_id, data=data, actor=actor)
        return await sales.order(store_id=store_id, order_id=order_id)

    @post("/complete", permission=WRITE_ORDERS, status_code=200)
    async def complete_order(
        self, store_id: UUID, order_id: UUID, actor: Actor, staff_orders: StaffOrders, sales: SalesService
    ) -> StoreOrderView:
        """The buyer has what they bought."""
        await staff_orders.fulfilling.complete(store_id=store_id, order_id=order_id, actor=actor)
        return await sales.order(store_id=store_id, order_id=order_id)

    @post("/cancel", permission=WRITE_ORDERS, status_code=200)
    async def cancel_order(
        self,
        *,
        store_id: UUID,
        order_id: UUID,
        data: CancelInput,
        actor: Actor,
        staff_orders: StaffOrders,
        sales: SalesService,
    ) -> StoreOrderView:
        """It will not be shipped. Money that was paid stays until it is refunded."""
        await staff_orders.cancel(store_id=store_id, order_id=order_id, data=data, actor=actor)
        return await sales.order(store_id=store_id, order_id=order_id)

    @post("/returns", permission=WRITE_ORDERS, idempotent=True)
    async def return_pieces(
        self,
        *,
        store_id: UUID,
        order_id: UUID,
        data: ReturnInput,
        actor: Actor,
        staff_orders: StaffOrders,
        sales: SalesService,
    ) -> StoreOrderView:
        """Pieces that were shipped came back; their money goes back by a refund."""
        await staff_orders.returning.take_back(store_id=store_id, order_id=order_id, data=data, actor=actor)
        return await sales.order(store_id=store_id, order_id=order_id)

    @post("/refunds", permission=REFUND, idempotent=True)
    async def refund_order(
        self,
        *,
        store_id: UUID,
        order_id: UUID,
        data: RefundInput,
        actor: Actor,
        staff_orders: StaffOrders,
        sales: SalesService,
    ) -> StoreOrderView:
        """An amount, or what some pieces cost with their tax, or all; 409 beyond what the buyer has paid."""
        await staff_orders.refunding.refund(store_id=store_id, order_id=order_id, data=data, actor=actor)
        return await sales.order(store_id=store_id, order_id=order_id)

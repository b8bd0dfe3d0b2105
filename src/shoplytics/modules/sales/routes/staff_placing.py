"""Orders that staff place for a customer, over HTTP."""

from uuid import UUID

from litestar import Controller, post

from shoplytics.kernel.actor import Actor
from shoplytics.modules.sales.routes.permissions import WRITE_ORDERS
from shoplytics.modules.sales.schemas import StaffOrderForm
from shoplytics.modules.sales.service import StaffPlacing
from shoplytics.ports.sales import StoreOrderView


class StaffPlacingController(Controller):
    path = "/stores/{store_id:uuid}/orders"
    tags = ("Orders",)

    @post(permission=WRITE_ORDERS, idempotent=True, own_work=True)
    async def place_order(
        self,
        store_id: UUID,
        data: StaffOrderForm,
        actor: Actor,
        staff_placing: StaffPlacing,
        idempotency_key: str | None,
    ) -> StoreOrderView:
        """For a customer who asked by telephone or stands at the counter, at the store's prices of today.

        It holds stock, takes discounts and is paid for as any other; the buyer is told by mail. With `paid`
        it is placed and paid, or neither.
        """
        return await staff_placing.place(store_id=store_id, form=data, actor=actor, key=idempotency_key)

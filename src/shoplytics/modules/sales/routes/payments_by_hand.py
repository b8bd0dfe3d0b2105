"""Orders that were paid another way than through here."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, post
from msgspec import Meta

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.routes.permissions import MARK_PAID
from shoplytics.ports.payments import ManualPayments, StorePaymentView


class MarkPaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`amount`, if given, has to be what is due: a guard against paying another order than one means."""

    amount: Money | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class PaidByHandController(Controller):
    path = "/stores/{store_id:uuid}/orders/{order_id:uuid}/mark-paid"
    tags = ("Orders",)

    @post(permission=MARK_PAID, idempotent=True, own_work=True)
    async def mark_paid(
        self, store_id: UUID, order_id: UUID, data: MarkPaid, actor: Actor, manual_payments: ManualPayments
    ) -> StorePaymentView:
        """Money came in cash or by a transfer: the order, all of it, is paid, and its stock is sold.

        409 `nothing_to_pay` for one that is paid or cancelled, `out_of_stock` when what it held is gone,
        `managed_elsewhere` for one that another platform looks after.
        """
        return await manual_payments.record(
            store_id=store_id, order_id=order_id, amount=data.amount, actor=actor, note=data.note
        )

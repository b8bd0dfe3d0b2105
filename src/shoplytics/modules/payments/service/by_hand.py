"""Money that came another way, recorded by staff."""

from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.payments.domain import AmountDiffers, Payment
from shoplytics.modules.payments.ports import Units
from shoplytics.modules.payments.service.starting import shares_of
from shoplytics.ports.payments import BY_HAND, PaymentSettled, PaymentStatus, StorePaymentView
from shoplytics.ports.sales import Settled


class _Recorded(msgspec.Struct):
    order_id: UUID
    amount: Money
    note: str


class PaymentsByHand:
    """See ManualPayments in ports/payments.py. Ends its own unit of work, which is the system's."""

    def __init__(self, *, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def record(
        self, *, store_id: UUID, order_id: UUID, amount: Money | None, actor: Actor, note: str
    ) -> StorePaymentView:
        async with self._units.open() as unit:
            due = await unit.checkouts.owed(store_id=store_id, order_id=order_id)
            if amount is not None and amount != due.amount:
                raise AmountDiffers(extra={"due": due.amount})
            ident, now = new_id(), self._clock()
            payment = Payment(
                id=ident,
                checkout_id=due.checkout_id,
                provider=BY_HAND,
                reference=str(ident),
                money=due.amount,
                created_at=now,
                settled_at=now,
                status="settled",
                user_id=due.user_id,
                shares=shares_of(due),
            )
            await unit.payments.add(payment, actor=actor, facts={"note": note})
            settled, _ = await unit.checkouts.settle(
                checkout_id=due.checkout_id,
                paid=due.amount,
                payment_id=ident,
                actor=actor,
                order_id=order_id,
            )
            if settled is not Settled.BOOKED:
                raise AmountDiffers(extra={"due": due.amount})
            await unit.audit.record(
                actor=actor,
                action="payment.recorded",
                target=f"payment:{ident}",
                store_id=store_id,
                after=_Recorded(order_id=order_id, amount=due.amount, note=note),
            )
            await unit.outbox.add(PaymentSettled(payment_id=ident, checkout_id=due.checkout_id))
            await unit.commit()
        return StorePaymentView(
            payment_id=ident,
            order_id=order_id,
            number=due.orders[0].number,
            provider=BY_HAND,
            reference=payment.reference,
            status=PaymentStatus.SETTLED,
            amount=due.amount,
            created_at=now,
            settled_at=now,
        )

"""The one place where what a provider says becomes what is so. Twice is as once, in any order."""

import structlog

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.events import Event
from shoplytics.modules.payments.domain import Finding, Payment
from shoplytics.modules.payments.ports import PaymentState, Unit, Units
from shoplytics.modules.payments.service.providers import Providers
from shoplytics.ports.payment_provider import Outcome, Settlement
from shoplytics.ports.payments import PaymentFailed, PaymentMismatch, PaymentSettled, PaymentStatus
from shoplytics.ports.sales import Settled

log = structlog.get_logger("shoplytics.payments")

FOUND = {
    Settled.BOOKED: Finding.BOOKED,
    Settled.ALREADY: Finding.SPARE,
    Settled.TOO_LATE: Finding.SPARE,
    Settled.MISMATCH: Finding.WRONG,
}
GIVEN_UP = {Outcome.FAILED: Finding.FAILED, Outcome.ABANDONED: Finding.LEFT}


class Settling:
    """Speaks with the provider first, with no transaction open, and then books under the payment's lock."""

    def __init__(self, *, units: Units, state: PaymentState, providers: Providers, clock: Clock) -> None:
        self._units = units
        self._state = state
        self._providers = providers
        self._clock = clock

    async def ask(self, payment: Payment, *, actor: Actor) -> Payment:
        """As it is after the provider was asked, if there is anything to ask. Raises Unavailable."""
        if not payment.awaits_money:
            return payment
        return await self.settle(payment, await self._providers.confirm(payment), actor=actor)

    async def give_up(
        self, payment: Payment, *, actor: Actor, outcome: Outcome = Outcome.ABANDONED
    ) -> Payment:
        """Nobody waits for it any more; money that comes for it nevertheless is still booked."""
        return await self.settle(payment, Settlement(outcome=outcome), actor=actor)

    async def settle(self, payment: Payment, said: Settlement, *, actor: Actor) -> Payment:
        """Book what the provider said of it, unless that is known or something better is."""
        if said.outcome is Outcome.PENDING:
            return payment
        async with self._units.open() as unit:
            payment = await unit.payments.lock(payment.id)
            before = payment.status
            finding = await self._finding(unit, payment, said, actor=actor)
            if finding is None or not payment.find(finding, now=self._clock(), paid=said.paid):
                return payment
            if before == PaymentStatus.PENDING and finding is not Finding.BOOKED:
                await unit.checkouts.given_up(checkout_id=payment.checkout_id, actor=actor)
            await unit.payments.save(payment, before=before, actor=actor, facts=said.facts)
            await unit.outbox.add(_event(payment, said))
            await unit.commit()
        log.info("payment", payment=str(payment.id), status=payment.status, provider=payment.provider)
        return payment

    async def _finding(
        self, unit: Unit, payment: Payment, said: Settlement, *, actor: Actor
    ) -> Finding | None:
        if said.outcome is not Outcome.PAID:
            return GIVEN_UP[said.outcome]
        if not payment.awaits_money:
            return None
        if said.paid != payment.money:
            return Finding.WRONG
        settled, _ = await unit.checkouts.settle(
            checkout_id=payment.checkout_id, paid=payment.money, payment_id=payment.id, actor=actor
        )
        return FOUND[settled]


def _event(payment: Payment, said: Settlement) -> Event:
    status = PaymentStatus(payment.status)
    if status is PaymentStatus.SETTLED:
        return PaymentSettled(payment_id=payment.id, checkout_id=payment.checkout_id)
    if status in {PaymentStatus.MISMATCH, PaymentStatus.LATE}:
        return PaymentMismatch(
            payment_id=payment.id,
            checkout_id=payment.checkout_id,
            status=status,
            expected=payment.money,
            paid=said.paid,
        )
    return PaymentFailed(payment_id=payment.id, checkout_id=payment.checkout_id, status=status)

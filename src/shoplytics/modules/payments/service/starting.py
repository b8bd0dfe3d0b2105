"""Beginning an attempt: written down first, then the provider is called with it. One open one a checkout."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Unavailable
from shoplytics.kernel.ids import new_id
from shoplytics.modules.payments.domain import Payment, PaymentBegun, Share
from shoplytics.modules.payments.ports import PaymentState, Units
from shoplytics.modules.payments.schemas import StartPayment
from shoplytics.modules.payments.service.providers import Providers
from shoplytics.modules.payments.service.settling import Settling
from shoplytics.ports.payment_provider import Outcome, PaymentRefused, ReferenceUsed
from shoplytics.ports.sales import Payable

TRIES = 3
LOOK_SECONDS = 0.1
LOOKS = 50


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Whose checkout is paid: an account's, or that of whoever has its token."""

    user_id: UUID | None
    token_hash: bytes | None


class Starting:
    """Ends its own units of work (docs/architecture.md, the one exception)."""

    def __init__(
        self, *, units: Units, state: PaymentState, providers: Providers, settling: Settling, clock: Clock
    ) -> None:
        self._units = units
        self._state = state
        self._providers = providers
        self._settling = settling
        self._clock = clock

    async def start(self, *, asked: StartPayment, payer: Payer, actor: Actor) -> Payment:
        """The checkout's open attempt, else a new one. Raises as Checkouts.payable and providers do."""
        provider = self._providers.chosen(asked.provider)
        for _ in range(TRIES):
            async with self._units.open() as unit:
                due = await unit.checkouts.payable(
                    checkout_id=asked.checkout_id,
                    order_id=asked.order_id,
                    user_id=payer.user_id,
                    token_hash=payer.token_hash,
                )
                payment = self._new(due, asked, provider, payer=payer)
                mine = await unit.payments.add(payment, actor=actor, facts={})
                if mine:
                    await unit.checkouts.attempted(checkout_id=due.checkout_id, actor=actor)
                else:
                    payment = await unit.payments.live(due.checkout_id)
                fits = payment.provider == provider and payment.money == due.amount
                if fits:  # also what was there: its stock may have had to be held anew
                    await unit.commit()
            begun = await (
                self._begin(payment, email=due.email, mine=mine, actor=actor)
                if fits
                else self._replace(payment, actor=actor)
            )
            if begun is not None:
                return begun
        raise PaymentBegun(retry_after=1)

    def _new(self, due: Payable, asked: StartPayment, provider: str, *, payer: Payer) -> Payment:
        ident = new_id()
        return Payment(
            id=ident,
            checkout_id=due.checkout_id,
            provider=provider,
            reference=str(ident),
            money=due.amount,
            created_at=self._clock(),
            user_id=due.user_id,
            token_hash=due.token_hash or payer.token_hash,
            channels=tuple(asked.channels),
            shares=shares_of(due),
        )

    async def _replace(self, payment: Payment, *, actor: Actor) -> Payment | None:
        """The shopper wants to pay otherwise, or another amount is due: the open attempt ends.

        None, to begin anew; but the payment itself where that has come in meanwhile.
        """
        asked = await self._settling.ask(payment, actor=actor)
        if asked.awaits_money:
            asked = await self._settling.give_up(asked, actor=actor)
        return None if asked.awaits_money else asked

    async def _begin(self, payment: Payment, *, email: str, mine: bool, actor: Actor) -> Payment | None:
        """With an address to pay at; None when the attempt is over and another is to be begun."""
        if payment.authorization_url is not None:
            return payment
        if not mine and not await self._state.claim(payment.id):
            return await self._begun_by_another(payment.id)
        try:
            started = await self._providers.start(payment, email=email)
        except Unavailable:  # nobody knows whether it has begun: the same again goes on with this one
            await self._state.release(payment.id)
            raise
        except PaymentRefused:
            await self._settling.give_up(payment, actor=actor, outcome=Outcome.FAILED)
            raise
        except ReferenceUsed:
            return await self._replace(payment, actor=actor)
        payment.authorization_url = started.authorization_url
        payment.access_code = started.access_code
        payment.provider_reference = started.provider_reference
        await self._state.begun(
            payment.id,
            authorization_url=started.authorization_url,
            access_code=started.access_code,
            provider_reference=started.provider_reference,
        )
        return payment

    async def _begun_by_another(self, payment_id: UUID) -> Payment | None:
        """Somebody else speaks with the provider just now. Raises PaymentBegun when that takes too long."""
        for _ in range(LOOKS):
            await asyncio.sleep(LOOK_SECONDS)
            payment = await self._state.get(payment_id)
            if payment.authorization_url is not None:
                return payment
            if payment.status != "pending":
                return None
        raise PaymentBegun(retry_after=1)


def shares_of(due: Payable) -> tuple[Share, ...]:
    """Each order's part."""
    return tuple(
        Share(store_id=order.store_id, order_id=order.order_id, number=order.number, money=order.total)
        for order in due.orders
    )

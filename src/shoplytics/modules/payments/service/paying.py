"""Everything about one payment that may need its provider."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import FieldError, Invalid, NotFound, Unavailable
from shoplytics.kernel.tokens import token_hash
from shoplytics.modules.payments.domain import Payment
from shoplytics.modules.payments.ports import PaymentState
from shoplytics.modules.payments.schemas import StartPayment
from shoplytics.modules.payments.service.providers import Providers
from shoplytics.modules.payments.service.settling import Settling
from shoplytics.modules.payments.service.starting import Payer, Starting
from shoplytics.modules.payments.service.views import result_of, view_of
from shoplytics.ports.payment_provider import Returns, ShopperReturn
from shoplytics.ports.payments import PaymentDoubted, PaymentResult, PaymentView, ProviderDelivered

OPEN_FOR = timedelta(hours=24)
MAX_REFERENCE = 100


class Paying:
    """Ends its own units of work: none is open while a provider is spoken to."""

    def __init__(
        self,
        *,
        starting: Starting,
        settling: Settling,
        state: PaymentState,
        providers: Providers,
        clock: Clock,
    ) -> None:
        self._starting = starting
        self._settling = settling
        self._state = state
        self._providers = providers
        self._clock = clock

    async def start(self, *, asked: StartPayment, actor: Actor, token: str | None) -> PaymentView:
        """See Starting.start. Raises Invalid unless exactly one thing to pay is named."""
        if (asked.checkout_id is None) == (asked.order_id is None):
            message = "Give exactly one of checkout_id and order_id."
            raise Invalid(errors=[FieldError("/checkout_id", "one_of", message)])
        payer = Payer(user_id=actor.user_id, token_hash=token_hash(token))
        return view_of(await self._starting.start(asked=asked, payer=payer, actor=actor))

    async def verify(self, *, payment_id: UUID, actor: Actor, token: str | None) -> PaymentView:
        """Ask the provider now. Raises NotFound for others' payments, Unavailable."""
        payment = await self._state.get(payment_id)
        if not _is_of(payment, actor.user_id, token_hash(token)):
            raise NotFound
        return view_of(await self._settling.ask(payment, actor=actor))

    async def returned(self, *, provider: str, query: Mapping[str, str]) -> PaymentResult:
        """A shopper is back: what they say is a hint, the provider is asked. Raises NotFound."""
        spoken = self._providers.named(provider)
        told = (
            spoken.read_return(query)
            if isinstance(spoken, Returns)
            else ShopperReturn(reference=query.get("reference"))
        )
        payment = await self._find(provider, told.reference, told.provider_reference)
        with suppress(Unavailable):  # then it stays open, and is asked about again later
            payment = await self._settling.ask(payment, actor=SYSTEM)
        return result_of(payment)

    async def result(self, *, reference: str) -> PaymentResult:
        """How it stands, for whoever knows the reference. Raises NotFound."""
        return result_of(await self._find(None, reference, None))

    async def again(self, *, reference: str, actor: Actor) -> PaymentResult:
        """See PaymentResults."""
        before = await self._find(None, reference, None)
        asked = StartPayment(
            checkout_id=before.checkout_id, provider=before.provider, channels=list(before.channels)
        )
        payer = Payer(user_id=before.user_id, token_hash=before.token_hash)
        begun = await self._starting.start(asked=asked, payer=payer, actor=actor)
        return result_of(begun)

    async def delivered(self, event: ProviderDelivered) -> None:
        """A provider said that something happened; what, it is asked."""
        try:
            payment = await self._find(event.provider, event.reference, event.provider_reference)
        except NotFound:
            pass  # of another deployment on the same account: nothing here to act on
        else:
            await self._settling.ask(payment, actor=SYSTEM)
        await self._state.worked_in(event.inbox_id)

    async def doubted(self, event: PaymentDoubted) -> None:
        """Ask about an open one, and give up what is open for too long."""
        payment = await self._settling.ask(await self._state.get(event.payment_id), actor=SYSTEM)
        if payment.status == "pending" and payment.created_at < self._clock() - OPEN_FOR:
            await self._settling.give_up(payment, actor=SYSTEM)

    async def _find(
        self, provider: str | None, reference: str | None, provider_reference: str | None
    ) -> Payment:
        given = [text for text in (reference, provider_reference) if text is not None]
        if not given or any(not 0 < len(text) <= MAX_REFERENCE or "\x00" in text for text in given):
            raise NotFound
        return await self._state.find(
            provider=provider, reference=reference, provider_reference=provider_reference
        )


def _is_of(payment: Payment, user_id: UUID | None, hashed: bytes | None) -> bool:
    by_account = user_id is not None and user_id == payment.user_id
    by_token = hashed is not None and hashed == payment.token_hash
    return by_account or by_token

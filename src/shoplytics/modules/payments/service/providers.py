"""The deployment's providers, by name, and how long they are waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

from shoplytics.kernel.errors import NotFound, Unavailable
from shoplytics.modules.payments.domain import NoSuchProvider, Payment
from shoplytics.ports.payment_provider import Charge, PaymentProvider, Settlement, Started

T = TypeVar("T")
SECONDS = 8.0


class Providers:
    """The first one is taken where none is named."""

    def __init__(self, providers: Mapping[str, PaymentProvider], *, public_url: str, title: str) -> None:
        self._providers = providers
        self._public_url = public_url.rstrip("/")
        self._title = title

    def chosen(self, name: str | None) -> str:
        """Raises NoSuchProvider."""
        if name is None:
            return next(iter(self._providers))
        if name not in self._providers:
            raise NoSuchProvider(extra={"providers": list(self._providers)})
        return name

    def named(self, name: str) -> PaymentProvider:
        """Raises NotFound."""
        if name not in self._providers:
            raise NotFound
        return self._providers[name]

    async def start(self, payment: Payment, *, email: str) -> Started:
        """Raises what PaymentProvider does."""
        provider = self.named(payment.provider)
        return await _within(provider.start, self._charge(payment, email=email))

    async def confirm(self, payment: Payment) -> Settlement:
        """Raises Unavailable, also for a provider that is not enabled any more."""
        if payment.provider not in self._providers:
            msg = f"The payment provider {payment.provider} is not enabled."
            raise Unavailable(msg)
        return await _within(self.named(payment.provider).confirm, self._charge(payment))

    def _charge(self, payment: Payment, *, email: str = "") -> Charge:
        back = f"{self._public_url}/api/v1/payments/return/{payment.provider}"
        return Charge(
            reference=payment.reference,
            amount=payment.money,
            email=email,
            title=self._title,
            return_url=f"{back}?reference={quote(payment.reference)}",
            channels=payment.channels,
            provider_reference=payment.provider_reference,
        )


async def _within(ask: Callable[[Charge], Awaitable[T]], charge: Charge) -> T:
    try:
        async with asyncio.timeout(SECONDS):
            return await ask(charge)
    except TimeoutError:
        msg = "The payment provider does not answer; try again."
        raise Unavailable(msg, retry_after=5) from None

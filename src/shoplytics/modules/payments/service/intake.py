"""Providers' notifications: verified on the raw bytes, kept once, acted on by a worker."""

from collections.abc import Mapping

from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.payments.ports import Units
from shoplytics.modules.payments.service.providers import Providers
from shoplytics.ports.payment_provider import Webhooks
from shoplytics.ports.payments import ProviderDelivered

# What may be of use to whoever looks for a mistake; the rest could hold anything.
KEPT = ("content-type", "user-agent")


class Intake:
    """See WebhookIntake in ports/payments.py. Ends its own unit of work."""

    def __init__(self, *, units: Units, providers: Providers) -> None:
        self._units = units
        self._providers = providers

    async def receive(self, *, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        speaks = self._providers.named(provider)
        if not isinstance(speaks, Webhooks):
            raise NotFound
        told = speaks.read_webhook(headers, body)
        event = ProviderDelivered(
            inbox_id=new_id(),
            provider=provider,
            reference=told.reference,
            provider_reference=told.provider_reference,
        )
        about_one = told.reference is not None or told.provider_reference is not None
        async with self._units.open() as unit:
            await unit.inbox.keep(
                inbox_id=event.inbox_id,
                source=provider,
                delivery_id=told.id,
                topic=told.topic,
                headers={name: headers[name] for name in KEPT if name in headers},
                body=body,
                event=event if about_one else None,
            )
            await unit.commit()

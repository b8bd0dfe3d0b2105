"""What workers do for payments."""

from datetime import datetime

from shoplytics.modules.payments.service import Paying, PaymentsService
from shoplytics.ports.payments import PaymentDoubted, PaymentMismatch, ProviderDelivered


async def act_on_delivery(event: ProviderDelivered, paying: Paying) -> None:
    """A provider's notification is in the inbox: ask what became of its payment."""
    await paying.delivered(event)


async def ask_again(event: PaymentDoubted, paying: Paying) -> None:
    """Ask about an open payment; one that is a day old is given up."""
    await paying.doubted(event)


async def mail_mismatch(event: PaymentMismatch, payments: PaymentsService) -> None:
    """Tell those who look after the platform."""
    await payments.notices.told(event)


async def verify_stale(now: datetime, payments: PaymentsService) -> None:
    """Have every open payment asked about that nobody asked about for ten minutes."""
    await payments.doubt_stale(now=now)

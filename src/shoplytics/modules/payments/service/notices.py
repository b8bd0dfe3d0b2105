"""Letters about money that somebody has to look at."""

from shoplytics.modules.payments.domain import PaymentMismatchLetter
from shoplytics.ports.identity import Administrators
from shoplytics.ports.mails import Mails
from shoplytics.ports.payments import PaymentMismatch, PaymentStatus


class MismatchNotices:
    """In a worker. A payment is found to be amiss once, so it is told of once, however often this runs."""

    def __init__(self, *, administrators: Administrators, mails: Mails, public_url: str) -> None:
        self._administrators = administrators
        self._mails = mails
        self._link = f"{public_url.rstrip('/')}/console"

    async def told(self, event: PaymentMismatch) -> None:
        """No store hears of it: nothing was booked, and the payment may be for several."""
        letter = PaymentMismatchLetter(
            payment=str(event.payment_id),
            expected=str(event.expected),
            paid="" if event.paid is None else str(event.paid),
            late=event.status is PaymentStatus.LATE,
            link=self._link,
        )
        for reader in await self._administrators.administrators():
            await self._mails.add(letter, to=reader.email, cause=event.payment_id)

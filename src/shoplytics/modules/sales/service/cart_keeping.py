"""What becomes of carts that nobody comes back to."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from shoplytics.modules.sales.ports import CartRepository

GUESTS_KEEP = timedelta(days=90)
AT_ONCE = 5_000


class Reminders(Protocol):
    """See service/recovery.py."""

    async def send(self, now: datetime) -> None: ...


class CartKeeping:
    """In a worker."""

    def __init__(self, *, carts: CartRepository, reminders: Reminders) -> None:
        self._carts = carts
        self.reminders = reminders

    async def purge(self, now: datetime) -> None:
        """Guests' carts that nobody has changed for 90 days. A user's stays as long as the user."""
        await self._carts.purge(before=now - GUESTS_KEEP, limit=AT_ONCE)

    async def forget(self, user_id: UUID, *, email: str | None) -> None:
        """Their account is erased; `email` was theirs, if it is known to have been."""
        await self._carts.forget_user(user_id, email=email)

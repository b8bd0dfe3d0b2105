"""What becomes of carts that nobody comes back to."""

from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.modules.sales.ports import CartRepository

GUESTS_KEEP = timedelta(days=90)
AT_ONCE = 5_000


class CartKeeping:
    """In a worker."""

    def __init__(self, *, carts: CartRepository) -> None:
        self._carts = carts

    async def purge(self, now: datetime) -> None:
        """Guests' carts that nobody has changed for 90 days. A user's stays as long as the user."""
        await self._carts.purge(before=now - GUESTS_KEEP, limit=AT_ONCE)

    async def forget(self, user_id: UUID) -> None:
        """Their account is erased."""
        await self._carts.forget_user(user_id)

"""Carts: what sales needs from their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.sales.ports.prices import WantedLine


class CartOwner(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user, or the guest whose token has this hash: never both. Neither opens nothing."""

    user_id: UUID | None = None
    token_hash: bytes | None = None


class CartRow(WantedLine, frozen=True, kw_only=True):
    """A line as it is kept; `title` is as the shopper saw it last, as `unit_price` is.

    `session_id` names the visit of the store in which its first goods were put in.
    """

    store_id: UUID
    product_id: UUID
    variant_id: UUID
    title: str
    session_id: int | None = None


class StoredCart(msgspec.Struct, frozen=True, kw_only=True):
    """Lines in the order they were added. `currency` is None while it is empty."""

    id: UUID
    user_id: UUID | None
    currency: str | None
    email: str | None
    codes: tuple[str, ...]
    updated_at: datetime
    lines: tuple[CartRow, ...]

    def session_of(self, store_id: UUID) -> int | None:
        """The visit of that store which the cart comes from; sessions are numbered store by store."""
        known = (line.session_id for line in self.lines if line.store_id == store_id)
        return next((session for session in known if session is not None), None)


class CartRepository(Protocol):
    """In the caller's transaction. Whoever changes a cart has opened it with `lock` before.

    Where two are locked the user's comes first, then the guest's.
    """

    async def open(self, owner: CartOwner, *, lock: bool = False) -> StoredCart | None:
        """With `lock` nobody else changes it until the end of the transaction."""
        ...

    async def create(self, owner: CartOwner) -> StoredCart:
        """An empty one, locked; a user's that another request has just made, as it is now."""
        ...

    async def begin(self, cart: StoredCart, owner: CartOwner) -> bool:
        """A new one with its one line; False when the user has one by now: then nothing was written."""
        ...

    async def put_lines(
        self, *, cart_id: UUID, currency: str, lines: Sequence[CartRow], now: datetime
    ) -> None:
        """New lines, and new contents of those whose offers are in the cart already (their ids stay)."""
        ...

    async def remove_line(self, *, cart_id: UUID, line_id: UUID, now: datetime) -> None: ...

    async def clear(self, *, cart_id: UUID, now: datetime) -> None:
        """No lines, no codes and no currency any more; it stays its owner's."""
        ...

    async def absorb(self, *, cart_id: UUID, guest_id: UUID) -> None:
        """The guest's cart is gone; what was mailed about it counts for the other."""
        ...

    async def set_codes(self, *, cart_id: UUID, codes: Sequence[str], now: datetime) -> None: ...

    async def see_prices(self, *, cart_id: UUID, lines: Sequence[CartRow]) -> None:
        """The shopper has been told today's prices and titles of these. No change of the cart."""
        ...

    async def set_email(self, *, cart_id: UUID, email: str | None, now: datetime) -> None:
        """Where its owner wants to be reminded of it, lower case."""
        ...

    async def forget_user(self, user_id: UUID, *, email: str | None) -> None:
        """Their cart is gone for good, and their address from all others."""
        ...

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete guests' carts that nobody has changed since; how many those were."""
        ...

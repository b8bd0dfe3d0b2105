"""Carts left behind: what sales needs from their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.sales.ports.carts import CartRow
from shoplytics.ports.sales import AbandonedCartView


class LeftCart(msgspec.Struct, frozen=True, kw_only=True):
    """A store's lines of a cart whose owner might be reminded of it, and was not yet."""

    cart_id: UUID
    store_id: UUID
    user_id: UUID | None
    email: str | None
    currency: str
    lines: tuple[CartRow, ...]


class Reminded(msgspec.Struct, frozen=True, kw_only=True):
    """The cart that a mailed link is about."""

    cart_id: UUID
    user_id: UUID | None


class CartReminderRecords(Protocol):
    async def left(self, *, since: datetime, until: datetime, limit: int) -> Sequence[LeftCart]:
        """Last changed between the two, with an address or a user, the oldest first."""
        ...

    async def note(self, *, cart_id: UUID, store_id: UUID, token_hash: bytes, now: datetime) -> bool:
        """False when it was noted before: there is one reminder a cart and store."""
        ...

    async def mailed(self, *, email: str, since: datetime) -> int:
        """How many reminders went to that address, as one left with a cart, since then."""
        ...

    async def reminded(self, token_hash: bytes, *, since: datetime) -> Reminded | None:
        """By its link, when the mail was written since then."""
        ...

    async def opened(self, token_hash: bytes, *, now: datetime) -> None:
        """Somebody came back by it."""
        ...

    async def rekey(self, *, cart_id: UUID, token_hash: bytes, now: datetime) -> None:
        """A guest's cart is from now on opened by this token alone."""
        ...

    async def forget_address(self, *, cart_id: UUID) -> None:
        """The address it has is taken from every cart that has it."""
        ...


class AbandonedCarts(Protocol):
    async def page(
        self, *, store_id: UUID, until: datetime, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[AbandonedCartView]:
        """The store's part of carts last changed before `until`, the latest first."""
        ...

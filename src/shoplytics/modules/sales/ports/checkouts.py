"""Checkouts: what sales needs from their tables."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.sales.ports.carts import CartOwner
from shoplytics.modules.sales.ports.moving import OrderState


class FoundCheckout(msgspec.Struct, frozen=True, kw_only=True):
    """With its orders, locked, without their lines."""

    id: UUID
    email: str
    user_id: UUID | None
    token_hash: bytes
    orders: Sequence[OrderState]


class CheckoutRecords(Protocol):
    """Checkouts and how long their orders hold stock, by the database's clock."""

    async def lock(
        self, *, checkout_id: UUID | None, order_id: UUID | None, owner: CartOwner
    ) -> FoundCheckout | None:
        """The owner's own, by its id or one of its orders', locked."""
        ...

    async def hold(self, orders: Collection[OrderState]) -> list[OrderState]:
        """Something is held for these from now on, for half an hour. They are locked."""
        ...

    async def lapsed(self, *, limit: int) -> Sequence[UUID]:
        """Locks the orders whose time to hold stock is over, but for those that others work on."""
        ...

    async def let_go(self, order_ids: Collection[UUID]) -> None:
        """Nothing is held for these any more. They are locked."""
        ...

    async def ended(self, *, limit: int) -> Sequence[UUID]:
        """Locks the unpaid orders whose time is over, but for those that others work on."""
        ...

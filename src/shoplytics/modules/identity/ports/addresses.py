"""What the address book needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.modules.identity.domain.addresses import Address


class AddressRepository(Protocol):
    """Addresses within the unit of work; every method names whose book it is."""

    async def lock(self, user_id: UUID) -> int:
        """Until the end nobody else changes this book; how many addresses it holds. Raises NotFound."""
        ...

    async def get(self, *, user_id: UUID, address_id: UUID) -> Address:
        """Raises NotFound."""
        ...

    async def page(self, *, user_id: UUID, before: UUID | None, limit: int) -> Sequence[Address]:
        """Newest first."""
        ...

    async def count(self, user_id: UUID) -> int: ...
    async def add(self, address: Address) -> None:
        """Its defaults are taken from whichever address had them. To be called under `lock`."""
        ...

    async def save(self, address: Address) -> None:
        """As `add`. Raises `version`."""
        ...

    async def remove(self, *, user_id: UUID, address_id: UUID, now: datetime) -> None:
        """It stops being a default. Raises NotFound."""
        ...

    async def restore(self, *, user_id: UUID, address_id: UUID, now: datetime) -> Address:
        """Raises NotFound for one that is not deleted."""
        ...

"""Attributes as they are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.modules.catalog.domain import Attribute


class AttributeRepository(Protocol):
    """A store's attributes within its unit of work."""

    async def attributes(self, store_id: UUID) -> list[Attribute]:
        """In their order."""
        ...

    async def attribute(self, *, store_id: UUID, attribute_id: UUID) -> Attribute:
        """Locked until the end of the work. Raises NotFound."""
        ...

    async def applying(
        self, *, store_id: UUID, category_id: UUID | None, product_type: str
    ) -> Sequence[Attribute]:
        """To products of that category and type; nobody changes them until the end of the work."""
        ...

    async def add(self, attribute: Attribute) -> None:
        """Raises CodeTaken, and KindKept for the code of a deleted one of another kind."""
        ...

    async def save(self, attribute: Attribute) -> None:
        """And what lists find by it."""
        ...

    async def users(self, *, store_id: UUID, code: str, choices: Sequence[str]) -> int:
        """How many products have one of `choices`."""
        ...

    async def delete(self, *, store_id: UUID, attribute_id: UUID, now: datetime) -> bool:
        """Products keep their values; nobody sees them, and nobody finds by them."""
        ...

    async def restore(self, *, store_id: UUID, attribute_id: UUID, now: datetime) -> bool:
        """Raises CodeTaken."""
        ...

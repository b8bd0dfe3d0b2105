"""What tenancy needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.kernel.access import StoreRole
from shoplytics.modules.tenancy.domain import Store
from shoplytics.ports.identity import UserCard
from shoplytics.ports.tenancy import MemberView, StoreProfile


class StoreRepository(Protocol):
    """Stores within the scope of the unit of work."""

    async def add(self, store: Store) -> bool:
        """False when another store has the slug."""
        ...

    async def for_update(self, store_id: UUID) -> Store:
        """Locked until the end, so that changes without If-Match queue. Raises NotFound."""
        ...

    async def save(self, store: Store) -> None:
        """Raises Stale when it was changed since it was read, SlugTaken. Raises `version` too."""
        ...

    async def restore(self, *, store_id: UUID, owner_id: UUID) -> Store:
        """A deleted store of this owner, back again. Raises NotFound."""
        ...

    async def of_user(
        self, *, user_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[Store, StoreRole]]:
        """Newest first, with the user's role in each."""
        ...


class MemberRepository(Protocol):
    async def add_owner(self, *, store_id: UUID, user: UserCard, now: datetime) -> None: ...
    async def of_store(self, *, store_id: UUID, after: UUID | None, limit: int) -> Sequence[MemberView]:
        """By user id, so by when they registered."""
        ...

    async def refresh(self, user: UserCard) -> None:
        """Keep the newer copy of a user's name and address, wherever they work."""
        ...


class Directory(Protocol):
    """The public's view of stores, outside any unit of work."""

    async def profile(self, store_id: UUID) -> StoreProfile:
        """Raises NotFound."""
        ...

    async def profiles(self, *, before: UUID | None, limit: int) -> Sequence[StoreProfile]:
        """Newest first."""
        ...

    async def count(self) -> int: ...

"""What a store sets up, as it is kept."""

from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import SetUp
from shoplytics.modules.sales.ports.orders import PageOf

K = TypeVar("K", bound=SetUp)


class SetUpFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Null asks for nothing. `code` in any case; `running`: it may be used now. Both for discounts only."""

    active: bool | None = None
    code: str | None = None
    running: bool | None = None


class SetUps(Protocol[K]):
    """One kind of what a store sets up, within its unit of work."""

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[K]:
        """Deleted ones are left out."""
        ...

    async def one(self, *, store_id: UUID, ident: UUID) -> K:
        """Locked until the end of the work; deleted ones too. Raises NotFound."""
        ...

    async def crowding(self, store_id: UUID) -> int:
        """How many there are that every cart has to ask about."""
        ...

    async def add(self, kept: K) -> None:
        """Raises DiscountCodeTaken."""
        ...

    async def save(self, kept: K) -> None:
        """Raises DiscountCodeTaken."""
        ...

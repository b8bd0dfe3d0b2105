"""Stock held for orders, within one unit of work."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.catalog.stock import Holds, MovementKind, MovementView, ShortOffer, StockLine


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """An offer of which more or less is available now; see Effect for `low` and `listed`."""

    offer_id: UUID
    store_id: UUID
    owner_id: UUID
    product_id: UUID
    available: int
    low: bool
    listed: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Either something is short, or everything is held; nothing is touched when it was held before."""

    short: list[ShortOffer]
    touched: list[Touched]


class Freed(msgspec.Struct, frozen=True, kw_only=True):
    """`references` are those of which something was held."""

    references: set[UUID]
    touched: list[Touched]


class MovementFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Absent filters are None; `before` is the last movement of the page before."""

    store_id: UUID
    limit: int
    offer_id: UUID | None = None
    product_id: UUID | None = None
    sku: str | None = None
    kind: MovementKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


class MovementReader(Protocol):
    """A store's movements, newest first."""

    async def movements(self, wanted: MovementFilter) -> list[MovementView]: ...


class ReservationRepository(Protocol):
    """One statement each; offers are locked in the order of their ids, then products where lists change."""

    async def reserve(self, *, holds: Holds, now: datetime) -> Held: ...
    async def commit(self, *, references: Collection[UUID], actor: str, now: datetime) -> set[UUID]: ...
    async def release(self, *, references: Collection[UUID], now: datetime) -> Freed: ...
    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: str, now: datetime
    ) -> list[Touched]: ...

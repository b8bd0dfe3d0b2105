"""Stock held for orders, within one unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.catalog.stock import ShortOffer, StockLine


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


class ReservationRepository(Protocol):
    """One statement each; offers are locked in the order of their ids, then products where lists change."""

    async def reserve(self, *, reference: UUID, lines: Sequence[StockLine], now: datetime) -> Held: ...
    async def commit(self, *, reference: UUID, actor: str, now: datetime) -> bool: ...
    async def release(self, *, reference: UUID, now: datetime) -> list[Touched]: ...
    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: str, now: datetime
    ) -> list[Touched]: ...

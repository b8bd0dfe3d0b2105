"""Stock for orders: what sales may ask of the catalogue."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.ports.catalog import OfferBlock


class MovementKind(StrEnum):
    """Why what is on hand changed. Holding units for an order is none: they are still there."""

    INITIAL = "initial"
    IMPORT = "import"
    ADJUST = "adjust"
    SET = "set"
    SOLD = "sold"
    RESTOCK = "restock"


class MovementView(msgspec.Struct, kw_only=True):
    """A change of what is on hand; `before` + `quantity` = `after`.

    `actor` is `user:<id>`, `api_key:<id>` or `system`; `reference` what it was for: an order, a return.
    """

    id: UUID
    offer_id: UUID
    product_id: UUID
    sku: str | None
    kind: MovementKind
    reason: str
    actor: str
    quantity: int
    before: int
    after: int
    reference: UUID | None
    created_at: datetime


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of an offer, one at least."""

    offer_id: UUID
    quantity: int


class ShortOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Of which there is too little; `sold` is false where it is not for sale at all, nothing is then.

    `blocked_by` says why, unless the offer itself is off, without a price, or not there.
    """

    offer_id: UUID
    wanted: int
    available: int
    sold: bool
    blocked_by: OfferBlock | None = None


class StockKeeper(Protocol):
    """Stock for orders, in the caller's transaction, one call in each; see docs/offers-and-stock.md.

    A `reference` is the caller's own id of what the units are for. Every call may come twice.
    """

    async def reserve(self, *, reference: UUID, lines: Sequence[StockLine]) -> list[ShortOffer]:
        """Hold all lines or none: what is short, or nothing when all are held. An offer may stand twice.

        A reference that holds something already holds it still, whatever the lines say.
        """
        ...

    async def commit(self, *, reference: UUID, actor: Actor = SYSTEM) -> bool:
        """What is held leaves the shelf. False when nothing is held (any more)."""
        ...

    async def release(self, *, reference: UUID) -> bool:
        """What is held is free again. False when nothing is held (any more)."""
        ...

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: Actor = SYSTEM
    ) -> bool:
        """What had left comes back, each offer once a reference. False when it is back already."""
        ...

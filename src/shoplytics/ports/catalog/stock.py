"""Stock for orders: what sales may ask of the catalogue."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias
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


Holds: TypeAlias = Mapping[UUID, Sequence[StockLine]]
"""Lines by the reference they are for; an offer may stand twice."""


class StockKeeper(Protocol):
    """Stock for orders, in the caller's transaction, one call in each; see docs/offers-and-stock.md.

    A `reference` is the caller's own id of what the units are for. Every call may come twice. All offers of a
    call are locked in the order of their ids, whatever their reference.
    """

    async def reserve(self, holds: Holds) -> list[ShortOffer]:
        """Hold all lines or none: what is short, or nothing when all are held.

        A reference that holds something already holds it still, whatever its lines say.
        """
        ...

    async def commit(self, references: Collection[UUID], *, actor: Actor = SYSTEM) -> set[UUID]:
        """What is held leaves the shelf. Those of which something was held."""
        ...

    async def release(self, references: Collection[UUID]) -> set[UUID]:
        """What is held is free again. Those of which something was held."""
        ...

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: Actor = SYSTEM
    ) -> bool:
        """What had left comes back, each offer once a reference. False when it is back already."""
        ...

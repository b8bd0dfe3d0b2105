"""Stock as orders use it: see StockKeeper in ports/catalog/stock.py."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.kernel.clock import Clock
from shoplytics.modules.catalog.ports import ReservationRepository, Touched
from shoplytics.ports.catalog import LowStock, LowStockOffer, ProductChanged
from shoplytics.ports.catalog.stock import Holds, ShortOffer, StockLine
from shoplytics.ports.outbox import Outbox


class StockKeeping:
    """Tells what changed for those who look and for the store, in the caller's transaction."""

    def __init__(self, *, reservations: ReservationRepository, outbox: Outbox, clock: Clock) -> None:
        self._reservations = reservations
        self._outbox = outbox
        self._clock = clock

    async def reserve(self, holds: Holds) -> list[ShortOffer]:
        held = await self._reservations.reserve(holds=holds, now=self._clock())
        await self._tell(held.touched)
        return held.short

    async def commit(self, references: Collection[UUID], *, actor: Actor = SYSTEM) -> set[UUID]:
        return await self._reservations.commit(references=references, actor=actor.label, now=self._clock())

    async def release(self, references: Collection[UUID]) -> set[UUID]:
        freed = await self._reservations.release(references=references, now=self._clock())
        await self._tell(freed.touched)
        return freed.references

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: Actor = SYSTEM
    ) -> bool:
        back = await self._reservations.restock(
            reference=reference, lines=lines, reason=reason, actor=actor.label, now=self._clock()
        )
        await self._tell(back)
        return bool(back)

    async def _tell(self, touched: Sequence[Touched]) -> None:
        listed = {one.product_id: False for one in touched}
        for one in touched:
            listed[one.product_id] |= one.listed
        owners = {one.product_id: one.owner_id for one in touched}
        changed = [
            ProductChanged(store_id=owners[product], product_id=product, deleted=False, listed=shown)
            for product, shown in listed.items()
        ]
        if touched:
            await self._outbox.add(*changed, *_low(touched))


def _low(touched: Sequence[Touched]) -> list[LowStock]:
    """One event a store."""
    low: dict[UUID, list[LowStockOffer]] = {}
    for one in touched:
        if one.low:
            told = LowStockOffer(offer_id=one.offer_id, product_id=one.product_id, available=one.available)
            low.setdefault(one.store_id, []).append(told)
    return [LowStock(store_id=store, offers=tuple(offers)) for store, offers in low.items()]

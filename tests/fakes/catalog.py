"""The catalogue's stock, kept in memory; tests/contracts/test_stock.py holds it to what the real one does."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from shoplytics.kernel.actor import SYSTEM, Actor
from shoplytics.modules.catalog.ports import Freed, Held, Touched
from shoplytics.ports.catalog import OfferBlock
from shoplytics.ports.catalog.stock import Holds, MovementKind, ShortOffer, StockLine
from tests.fakes import NOON


@dataclass
class ShelfOffer:
    """`on` is false for an offer that is switched off or has no price."""

    on_hand: int
    threshold: int = 3
    on: bool = True
    blocked_by: OfferBlock | None = None
    reserved: int = 0
    store_id: UUID = field(default_factory=uuid4)
    owner_id: UUID = field(default_factory=uuid4)
    product_id: UUID = field(default_factory=uuid4)

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True, kw_only=True)
class Movement:
    kind: MovementKind
    offer_id: UUID
    quantity: int
    reference: UUID
    actor: str
    reason: str


@dataclass
class FakeReservations:
    """See ReservationRepository in modules/catalog/ports; a product here has one offer."""

    offers: dict[UUID, ShelfOffer] = field(default_factory=dict)
    held: dict[UUID, Counter[UUID]] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def put(self, on_hand: int, *, threshold: int = 3) -> UUID:
        """A new offer, of a product of its own."""
        offer_id = uuid4()
        self.offers[offer_id] = ShelfOffer(on_hand, threshold)
        return offer_id

    async def reserve(self, *, holds: Holds, now: datetime) -> Held:
        asked = {key: _summed(lines) for key, lines in holds.items() if key not in self.held}
        wanted = sum(asked.values(), Counter[UUID]())
        short = [one for one in map(self._short, sorted(wanted), [wanted] * len(wanted)) if one is not None]
        if short or not wanted:
            return Held(short=short, touched=[])
        self.held |= {key: lines for key, lines in asked.items() if lines}
        return Held(short=[], touched=[self._hold(offer, wanted[offer]) for offer in sorted(wanted)])

    async def commit(self, *, references: Collection[UUID], actor: str, now: datetime) -> set[UUID]:
        gone = {key: self.held.pop(key) for key in sorted(references) if key in self.held}
        for reference, lines in gone.items():
            for offer_id, quantity in lines.items():
                self.offers[offer_id].reserved -= quantity
                self.offers[offer_id].on_hand -= quantity
                self._moved(MovementKind.SOLD, offer_id, -quantity, reference, actor, "sold")
        return set(gone)

    async def release(self, *, references: Collection[UUID], now: datetime) -> Freed:
        gone = {key: self.held.pop(key) for key in references if key in self.held}
        freed = sum(gone.values(), Counter[UUID]())
        touched = [self._hold(offer_id, -freed[offer_id]) for offer_id in sorted(freed)]
        return Freed(references=set(gone), touched=touched)

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: str, now: datetime
    ) -> list[Touched]:
        wanted, back = _summed(lines), {(one.kind, one.reference, one.offer_id) for one in self.movements}
        touched = []
        for offer_id in sorted(wanted.keys() & self.offers.keys()):
            if (MovementKind.RESTOCK, reference, offer_id) not in back:
                before = self.offers[offer_id].available
                self.offers[offer_id].on_hand += wanted[offer_id]
                self._moved(MovementKind.RESTOCK, offer_id, wanted[offer_id], reference, actor, reason)
                touched.append(self._touched(offer_id, before, low=False))
        return touched

    def _short(self, offer_id: UUID, wanted: Counter[UUID]) -> ShortOffer | None:
        offer = self.offers.get(offer_id, ShelfOffer(0, on=False))
        sold = offer.on and offer.blocked_by is None
        if sold and offer.available >= wanted[offer_id]:
            return None
        return ShortOffer(
            offer_id=offer_id,
            wanted=wanted[offer_id],
            available=offer.available if sold else 0,
            sold=sold,
            blocked_by=offer.blocked_by,
        )

    def _hold(self, offer_id: UUID, quantity: int) -> Touched:
        offer = self.offers[offer_id]
        before = offer.available
        offer.reserved += quantity
        return self._touched(offer_id, before, low=before > offer.threshold >= offer.available)

    def _touched(self, offer_id: UUID, before: int, *, low: bool) -> Touched:
        offer = self.offers[offer_id]
        return Touched(
            offer_id=offer_id,
            store_id=offer.store_id,
            owner_id=offer.owner_id,
            product_id=offer.product_id,
            available=offer.available,
            low=low,
            listed=(before > 0) != (offer.available > 0),
        )

    def _moved(  # noqa: PLR0917 - the columns of a row
        self, kind: MovementKind, offer_id: UUID, quantity: int, reference: UUID, actor: str, reason: str
    ) -> None:
        self.movements.append(
            Movement(
                kind=kind,
                offer_id=offer_id,
                quantity=quantity,
                reference=reference,
                actor=actor,
                reason=reason,
            )
        )


def _summed(lines: Sequence[StockLine]) -> Counter[UUID]:
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.offer_id] += line.quantity
    return wanted


@dataclass
class FakeStockKeeper:
    """See StockKeeper in ports/catalog/stock.py; tells nobody of what changed."""

    shelf: FakeReservations = field(default_factory=FakeReservations)

    async def reserve(self, holds: Holds) -> list[ShortOffer]:
        return (await self.shelf.reserve(holds=holds, now=NOON)).short

    async def commit(self, references: Collection[UUID], *, actor: Actor = SYSTEM) -> set[UUID]:
        return await self.shelf.commit(references=references, actor=actor.label, now=NOON)

    async def release(self, references: Collection[UUID]) -> set[UUID]:
        return (await self.shelf.release(references=references, now=NOON)).references

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: Actor = SYSTEM
    ) -> bool:
        label = actor.label
        return bool(
            await self.shelf.restock(reference=reference, lines=lines, reason=reason, actor=label, now=NOON)
        )

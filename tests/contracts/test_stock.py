"""What every keeper of stock promises: the catalogue's own on PostgreSQL, and the one in memory for tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

import pytest
from tests.adapters.postgres.test_catalog import NOW, facts
from tests.fakes.catalog import FakeReservations, FakeStockKeeper

from shoplytics.adapters.postgres.catalog import PgCatalog, PgReservations
from shoplytics.bootstrap import Infra
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.domain import NewProduct, NewVariant
from shoplytics.modules.catalog.ports import ReservationRepository, Touched
from shoplytics.ports.catalog import OfferBlock
from shoplytics.ports.catalog.stock import ShortOffer, StockKeeper, StockLine
from shoplytics.ports.tenancy import StoreFacts

OFF = "update catalog_offer set active = false where id = $1"
MIRRORED = """
    update catalog_product set source = 'shopify', external_id = id::text
    where id = (select product_id from catalog_offer where id = $1)
"""
STOCK = "select on_hand, reserved from catalog_offer where id = $1"
MOVED = """
    select kind, offer_id, quantity from catalog_stock_movement where reference = $1 order by id
"""


class Shelf(Protocol):
    """Offers of products of their own, and units of work that are committed at their end."""

    async def put(self, on_hand: int) -> UUID: ...
    async def switch_off(self, offer: UUID) -> None: ...
    async def mirror(self, offer: UUID) -> None: ...
    async def stock(self, offer: UUID) -> tuple[int, int]: ...
    async def moved(self, reference: UUID) -> list[tuple[str, UUID, int]]: ...
    def keeper(self) -> AbstractAsyncContextManager[StockKeeper]: ...
    def repository(self) -> AbstractAsyncContextManager[ReservationRepository]: ...


@dataclass
class InMemory:
    rows: FakeReservations = field(default_factory=FakeReservations)

    async def put(self, on_hand: int) -> UUID:
        return self.rows.put(on_hand)

    async def switch_off(self, offer: UUID) -> None:
        self.rows.offers[offer].on = False

    async def mirror(self, offer: UUID) -> None:
        self.rows.offers[offer].blocked_by = OfferBlock.NOT_SOLD_HERE

    async def stock(self, offer: UUID) -> tuple[int, int]:
        return self.rows.offers[offer].on_hand, self.rows.offers[offer].reserved

    async def moved(self, reference: UUID) -> list[tuple[str, UUID, int]]:
        found = [one for one in self.rows.movements if one.reference == reference]
        return [(one.kind.value, one.offer_id, one.quantity) for one in found]

    @asynccontextmanager
    async def keeper(self) -> AsyncIterator[StockKeeper]:
        yield FakeStockKeeper(self.rows)

    @asynccontextmanager
    async def repository(self) -> AsyncIterator[ReservationRepository]:
        yield self.rows


@dataclass
class OnPostgres:
    infra: Infra
    store: StoreFacts = field(default_factory=facts)
    count: int = 0

    async def put(self, on_hand: int) -> UUID:
        self.count += 1
        variant = NewVariant(options={}, position=1, price=500, quantity=on_hand)
        product = NewProduct(
            store_id=self.store.id, title="Cup", slug=f"cup-{self.count}", actor="system", now=NOW,
            published_at=NOW, variants=[variant],
        )  # fmt: skip
        async with self.infra.database.work(DbRole.STORE, store_ids=[self.store.id]) as work:
            catalog = PgCatalog(work, link=str)
            await catalog.known_store(self.store)
            await catalog.add(product, store=self.store)
            await work.commit()
        return variant.offer_id

    async def switch_off(self, offer: UUID) -> None:
        await self.infra.database.pool(DbRole.SYSTEM).execute(OFF, offer)

    async def mirror(self, offer: UUID) -> None:
        await self.infra.database.pool(DbRole.SYSTEM).execute(MIRRORED, offer)

    async def stock(self, offer: UUID) -> tuple[int, int]:
        row = await self.infra.database.pool(DbRole.SYSTEM).fetchrow(STOCK, offer)
        assert row is not None
        return row["on_hand"], row["reserved"]

    async def moved(self, reference: UUID) -> list[tuple[str, UUID, int]]:
        rows = await self.infra.database.pool(DbRole.SYSTEM).fetch(MOVED, reference)
        return [(row["kind"], row["offer_id"], row["quantity"]) for row in rows]

    @asynccontextmanager
    async def keeper(self) -> AsyncIterator[StockKeeper]:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            yield stock_keeper(self.infra, work)
            await work.commit()

    @asynccontextmanager
    async def repository(self) -> AsyncIterator[ReservationRepository]:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            yield PgReservations(work)
            await work.commit()


@pytest.fixture(params=["memory", "postgres"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    return InMemory() if request.param == "memory" else OnPostgres(request.getfixturevalue("infra"))


def lines(*wanted: tuple[UUID, int]) -> list[StockLine]:
    return [StockLine(offer_id=offer, quantity=units) for offer, units in wanted]


async def reserve(shelf: Shelf, *wanted: tuple[UUID, int], reference: UUID | None = None) -> list[ShortOffer]:
    async with shelf.keeper() as keeper:
        return await keeper.reserve({reference or uuid4(): lines(*wanted)})


class TestAKeeper:
    async def test_holds_all_lines_or_none(self, shelf: Shelf) -> None:
        first, second = sorted([await shelf.put(5), await shelf.put(2)])
        stocks = {offer: (await shelf.stock(offer))[0] for offer in (first, second)}
        most = max(stocks.values()) + 1
        short = await reserve(shelf, (second, most), (first, 1))
        assert short == [ShortOffer(offer_id=second, wanted=most, available=stocks[second], sold=True)]
        assert [(await shelf.stock(offer))[1] for offer in (first, second)] == [0, 0]
        assert await reserve(shelf, (second, 2), (first, 1)) == []
        assert [(await shelf.stock(offer))[1] for offer in (first, second)] == [1, 2]

    async def test_adds_up_lines_of_one_offer(self, shelf: Shelf) -> None:
        offer = await shelf.put(5)
        assert await reserve(shelf, (offer, 3), (offer, 3)) == [
            ShortOffer(offer_id=offer, wanted=6, available=5, sold=True)
        ]
        assert await reserve(shelf, (offer, 3), (offer, 2)) == []
        assert await shelf.stock(offer) == (5, 5)

    async def test_holds_once_for_a_reference(self, shelf: Shelf) -> None:
        offer, reference = await shelf.put(5), uuid4()
        for units in (2, 2, 9):
            assert await reserve(shelf, (offer, units), reference=reference) == []
        assert await shelf.stock(offer) == (5, 2)

    async def test_names_all_that_is_short_in_the_order_of_offers(self, shelf: Shelf) -> None:
        offers = [await shelf.put(5), await shelf.put(5), await shelf.put(5), await shelf.put(5)]
        unknown, off, mirrored, few = uuid4(), *offers[:3]
        await shelf.switch_off(off)
        await shelf.mirror(mirrored)
        short = await reserve(shelf, (offers[3], 1), (few, 6), (off, 1), (mirrored, 1), (unknown, 1))
        expected = [
            ShortOffer(offer_id=unknown, wanted=1, available=0, sold=False),
            ShortOffer(offer_id=off, wanted=1, available=0, sold=False),
            ShortOffer(
                offer_id=mirrored, wanted=1, available=0, sold=False, blocked_by=OfferBlock.NOT_SOLD_HERE
            ),
            ShortOffer(offer_id=few, wanted=6, available=5, sold=True),
        ]
        assert short == sorted(expected, key=lambda one: one.offer_id)
        assert [(await shelf.stock(offer))[1] for offer in offers] == [0] * 4

    async def test_holds_nothing_of_no_lines(self, shelf: Shelf) -> None:
        reference = uuid4()
        assert await reserve(shelf, reference=reference) == []
        async with shelf.keeper() as keeper:
            assert await keeper.commit([reference]) == set()

    async def test_ends_what_it_holds_once(self, shelf: Shelf) -> None:
        offer, sold, freed = await shelf.put(5), uuid4(), uuid4()
        await reserve(shelf, (offer, 2), reference=sold)
        await reserve(shelf, (offer, 1), reference=freed)
        async with shelf.keeper() as keeper:
            assert [await keeper.commit([sold]) for _ in range(2)] == [{sold}, set()]
            assert [await keeper.release([freed]) for _ in range(2)] == [{freed}, set()]
            assert await keeper.release([sold]) == set()
            assert await keeper.commit([uuid4()]) == set()
        assert await shelf.stock(offer) == (3, 0)
        assert await shelf.moved(sold) == [("sold", offer, -2)]
        assert await shelf.moved(freed) == []

    async def test_holds_and_ends_several_references_in_one_call(self, shelf: Shelf) -> None:
        first, second, one, other = await shelf.put(5), await shelf.put(5), uuid4(), uuid4()
        async with shelf.keeper() as keeper:
            wanted = {one: lines((first, 3), (second, 1)), other: lines((first, 3))}
            assert await keeper.reserve(wanted) == [
                ShortOffer(offer_id=first, wanted=6, available=5, sold=True)
            ]
        async with shelf.keeper() as keeper:
            assert await keeper.reserve(wanted | {other: lines((first, 2))}) == []
        assert [await shelf.stock(offer) for offer in (first, second)] == [(5, 5), (5, 1)]
        async with shelf.keeper() as keeper:
            assert await keeper.commit([one, other, uuid4()]) == {one, other}
        assert [await shelf.stock(offer) for offer in (first, second)] == [(0, 0), (4, 0)]
        assert await shelf.moved(other) == [("sold", first, -2)]

    async def test_sells_what_it_held_though_it_is_not_sold_any_more(self, shelf: Shelf) -> None:
        offer, reference = await shelf.put(5), uuid4()
        await reserve(shelf, (offer, 2), reference=reference)
        await shelf.switch_off(offer)
        async with shelf.keeper() as keeper:
            assert await keeper.commit([reference]) == {reference}
        assert await shelf.stock(offer) == (3, 0)

    async def test_takes_back_each_offer_once_for_a_reference(self, shelf: Shelf) -> None:
        first, second, reference = await shelf.put(0), await shelf.put(0), uuid4()
        for sent, back in (
            (lines((first, 1), (first, 1)), True),
            (lines((first, 5)), False),
            (lines((first, 5), (second, 1), (uuid4(), 1)), True),
            (lines((uuid4(), 1)), False),
        ):
            async with shelf.keeper() as keeper:
                assert await keeper.restock(reference=reference, lines=sent, reason="sent back") is back
        assert [await shelf.stock(offer) for offer in (first, second)] == [(2, 0), (1, 0)]
        assert await shelf.moved(reference) == [("restock", first, 2), ("restock", second, 1)]


def told(touched: Sequence[Touched]) -> list[tuple[UUID, int, bool, bool]]:
    return [(one.offer_id, one.available, one.low, one.listed) for one in touched]


class TestARepository:
    """The keeper's own half; offers run low at three."""

    async def test_tells_what_runs_low_and_what_lists_show(self, shelf: Shelf) -> None:
        offer = await shelf.put(6)
        references = [uuid4() for _ in range(4)]
        seen = []
        for reference, units in zip(references, (2, 2, 1, 1), strict=True):
            async with shelf.repository() as rows:
                held = await rows.reserve(holds={reference: lines((offer, units))}, now=NOW)
            assert held.short == []
            seen += told(held.touched)
        assert seen == [
            (offer, 4, False, False),
            (offer, 2, True, False),
            (offer, 1, False, False),
            (offer, 0, False, True),
        ]
        async with shelf.repository() as rows:
            again = await rows.reserve(holds={references[0]: lines((offer, 9))}, now=NOW)
            assert (again.short, again.touched) == ([], [])
            freed = [told((await rows.release(references=[one], now=NOW)).touched) for one in references[:2]]
            assert freed == [[(offer, 2, False, True)], [(offer, 4, False, False)]]
            gone = await rows.release(references=references[:1], now=NOW)
            assert (gone.references, gone.touched) == (set(), [])

    async def test_tells_what_came_back(self, shelf: Shelf) -> None:
        offers = sorted([await shelf.put(0), await shelf.put(1)])
        before = [(await shelf.stock(offer))[0] for offer in offers]
        reference, sent = uuid4(), lines(*((offer, 2) for offer in reversed(offers)))
        async with shelf.repository() as rows:
            back = [
                await rows.restock(reference=reference, lines=sent, reason="back", actor="system", now=NOW)
                for _ in range(2)
            ]
        told_of = [(offer, units + 2, False, units == 0) for offer, units in zip(offers, before, strict=True)]
        assert [sorted(told(one)) for one in back] == [told_of, []]

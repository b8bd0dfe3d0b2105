"""I2, the half that holds stock: never more than there is, whoever buys at once, however it ends."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import pytest

from shoplytics.adapters.postgres.catalog import PgCatalog
from shoplytics.bootstrap import Infra, open_infra
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.domain import NewProduct, NewVariant
from shoplytics.ports.catalog.stock import ShortOffer, StockLine
from shoplytics.settings import Settings
from tests.adapters.postgres.test_catalog import NOW, facts
from tests.proofs.proof import Mutant, account, size

CONNECTIONS = size(16, 32)
# Bought and paid for, and more than was held: what no row may say.
WRONG = """
    select o.id from catalog_offer o
    left join (select offer_id, sum(quantity) as held from catalog_reservation group by 1) r
        on r.offer_id = o.id
    where o.reserved <> coalesce(r.held, 0) or o.reserved not between 0 and o.on_hand
"""
WAITING = "select count(distinct pid) from pg_locks where not granted"
HOLDS = """
import asyncio, sys
from uuid import UUID
from shoplytics.adapters.postgres.catalog import PgReservations
from shoplytics.adapters.postgres.database import Database
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.ports.catalog.stock import StockLine

async def main():
    url, offer = sys.argv[1:]
    async with Database(url).work(DbRole.SYSTEM) as work:
        lines = [StockLine(offer_id=UUID(offer), quantity=3)]
        await PgReservations(work).reserve(holds={UUID(int=1): lines}, now=utc_now())
        print("held", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@dataclass
class Shelf:
    """One store's offers; each call in a unit of work of its own, one a client at a time."""

    infra: Infra
    offers: list[UUID]
    clients: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    async def reserve(self, *lines: tuple[int, int], reference: UUID | None = None) -> list[ShortOffer]:
        """Lines of (which offer, how many)."""
        wanted = [StockLine(offer_id=self.offers[place], quantity=units) for place, units in lines]
        async with self.clients, self.infra.database.work(DbRole.SYSTEM) as work:
            keeper = stock_keeper(self.infra, work)
            short = await keeper.reserve({reference or uuid4(): wanted})
            await work.commit()
        return short

    async def end(self, reference: UUID, *, sold: bool) -> bool:
        async with self.clients, self.infra.database.work(DbRole.SYSTEM) as work:
            keeper = stock_keeper(self.infra, work)
            ended = await (keeper.commit if sold else keeper.release)([reference])
            await work.commit()
        return ended == {reference}

    async def wrong(self) -> Sequence[object]:
        pool = self.infra.database.pool(DbRole.SYSTEM)
        return await pool.fetch(WRONG)

    async def stock(self, place: int = 0) -> tuple[int, int]:
        pool = self.infra.database.pool(DbRole.SYSTEM)
        row = await pool.fetchrow(
            "select on_hand, reserved from catalog_offer where id = $1", self.offers[place]
        )
        assert row is not None
        return row["on_hand"], row["reserved"]

    async def listed(self) -> bool:
        pool = self.infra.database.pool(DbRole.SYSTEM)
        return bool(await pool.fetchval("select bool_or(in_stock) from catalog_product"))


@asynccontextmanager
async def shelf_of(settings: Settings, *, offers: int, units: int) -> AsyncIterator[Shelf]:
    async with open_infra(settings, slow=True, connections=CONNECTIONS) as infra:
        store = facts()
        products = [
            NewProduct(
                store_id=store.id, title=f"Cup {n}", slug=f"cup-{n}", actor="system", now=NOW,
                published_at=NOW, variants=[NewVariant(options={}, position=1, price=500, quantity=units)],
            )
            for n in range(offers)
        ]  # fmt: skip
        async with infra.database.work(DbRole.STORE, store_ids=[store.id]) as work:
            catalog = PgCatalog(work, link=str)
            await catalog.known_store(store)
            for product in products:
                await catalog.add(product, store=store)
            await work.commit()
        yield Shelf(infra, [product.variants[0].offer_id for product in products])


class TestReservations:
    async def test_are_exactly_what_there_is(self, settings: Settings) -> None:
        buyers, units = size(120, 500), size(25, 100)
        async with shelf_of(settings, offers=1, units=units) as shelf:
            started = time.monotonic()
            found = await asyncio.gather(*(shelf.reserve((0, 1)) for _ in range(buyers)))
            seconds = time.monotonic() - started
            assert sum(not short for short in found) == units
            assert {(one.wanted, one.available, one.sold) for short in found for one in short} == {
                (1, 0, True)
            }
            assert (await shelf.stock(), await shelf.wrong()) == ((units, units), [])
            assert await shelf.listed() is False
        account("I2", buyers=buyers, units=units, held=units, per_second=round(buyers / seconds))

    async def test_of_several_lines_wait_for_each_other_in_one_order(self, settings: Settings) -> None:
        carts, offers, dice = size(120, 1500), size(8, 20), random.Random(7)  # noqa: S311 - repeatable
        async with shelf_of(settings, offers=offers, units=carts * 3) as shelf:
            wanted = [[(place, 1) for place in dice.sample(range(offers), 4)] for _ in range(carts)]
            references = [uuid4() for _ in wanted]
            pairs = zip(wanted, references, strict=True)
            found = await asyncio.gather(*(shelf.reserve(*lines, reference=ref) for lines, ref in pairs))
            assert found == [[] for _ in range(carts)]
            ended = [shelf.end(ref, sold=place % 2 == 0) for place, ref in enumerate(references)]
            assert await asyncio.gather(*ended) == [True] * carts
            assert await shelf.wrong() == []
            stocks = [await shelf.stock(place) for place in range(offers)]
            assert sum(reserved for _, reserved in stocks) == 0
            assert sum(on_hand for on_hand, _ in stocks) == carts * 3 * offers - (carts + 1) // 2 * 4
        account("I2", carts=carts, lines=4, deadlocks=0)

    async def test_of_two_lines_with_one_offer_count_both(self, settings: Settings) -> None:
        async with shelf_of(settings, offers=2, units=5) as shelf:
            (short,) = await shelf.reserve((0, 3), (1, 1), (0, 3))
            assert (short.offer_id, short.wanted, short.available) == (shelf.offers[0], 6, 5)
            assert [await shelf.stock(place) for place in (0, 1)] == [(5, 0), (5, 0)]
            assert await shelf.reserve((0, 3), (1, 1), (0, 2)) == []
            assert ([await shelf.stock(place) for place in (0, 1)], await shelf.wrong()) == (
                [(5, 5), (5, 1)],
                [],
            )

    async def test_of_several_references_are_held_and_sold_together(self, settings: Settings) -> None:
        async with shelf_of(settings, offers=2, units=5) as shelf:
            first, second = uuid4(), uuid4()
            cups, saucers = (StockLine(offer_id=offer, quantity=3) for offer in shelf.offers)
            async with shelf.infra.database.work(DbRole.SYSTEM) as work:
                keeper = stock_keeper(shelf.infra, work)
                (short,) = await keeper.reserve({first: [cups], second: [saucers, cups]})
                await work.commit()
            assert (short.offer_id, short.wanted, short.available) == (shelf.offers[0], 6, 5)
            assert await shelf.stock(1) == (5, 0)
            two = StockLine(offer_id=shelf.offers[0], quantity=2)
            async with shelf.infra.database.work(DbRole.SYSTEM) as work:
                keeper = stock_keeper(shelf.infra, work)
                assert await keeper.reserve({first: [cups], second: [saucers, two]}) == []
                await work.commit()
            assert await shelf.wrong() == []
            async with shelf.infra.database.work(DbRole.SYSTEM) as work:
                assert await stock_keeper(shelf.infra, work).commit([first, second]) == {first, second}
                await work.commit()
            assert [await shelf.stock(place) for place in (0, 1)] == [(0, 0), (2, 0)]
            pool = shelf.infra.database.pool(DbRole.SYSTEM)
            left = await pool.fetch(
                "select on_hand from catalog_stock_movement where kind = 'sold' and offer_id = $1"
                " order by on_hand",
                shelf.offers[0],
            )
            assert left[0]["on_hand"] == 0
            assert left[1]["on_hand"] in {2, 3}

    async def test_happen_once_however_often_they_are_asked_for(self, settings: Settings) -> None:
        async with shelf_of(settings, offers=1, units=10) as shelf:
            reference = uuid4()
            async with shelf.infra.database.work(DbRole.SYSTEM) as holder:
                await holder.raw.execute("select from catalog_offer for update")
                asked = [asyncio.create_task(shelf.reserve((0, 2), reference=reference)) for _ in range(8)]
                while await holder.raw.fetchval(WAITING) < len(asked):
                    pass
            assert await asyncio.gather(*asked) == [[]] * 8
            assert (await shelf.stock(), await shelf.wrong()) == ((10, 2), [])
            ended = await asyncio.gather(*(shelf.end(reference, sold=n % 2 == 0) for n in range(8)))
            assert sum(ended) == 1
            assert await shelf.wrong() == []
            assert await shelf.stock() in {(10, 0), (8, 0)}

    async def test_leave_nothing_half_when_killed(self, settings: Settings) -> None:
        async with shelf_of(settings, offers=1, units=5) as shelf:
            url = settings.database_url
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", HOLDS, url, str(shelf.offers[0]), stdout=asyncio.subprocess.PIPE
            )
            assert child.stdout is not None
            assert (await child.stdout.readline()).strip() == b"held"
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
            assert await shelf.reserve((0, 5)) == []  # waits for the lock of the dead, not for ever
            assert (await shelf.stock(), await shelf.wrong()) == ((5, 5), [])

    async def test_stop_at_the_last_wall(self, settings: Settings) -> None:
        async with shelf_of(settings, offers=1, units=5) as shelf:
            pool = shelf.infra.database.pool(DbRole.SYSTEM)
            for wrong in ("reserved = 6", "reserved = -1", "on_hand = -1"):
                with pytest.raises(asyncpg.CheckViolationError):
                    await pool.execute(f"update catalog_offer set {wrong}")


FILE = "src/shoplytics/adapters/postgres/catalog/reservations.py"
PROOF = "test_i02_stock.py::TestReservations::"
MUTANTS = [
    Mutant(
        promise="I2",
        says="stock is read, judged and written without holding it",
        file=FILE,
        old="""        join catalog_store s on s.store_id = o.store_id
        order by o.id for no key update of o
""",
        new="        join catalog_store s on s.store_id = o.store_id\n",
        test=f"{PROOF}test_are_exactly_what_there_is",
    ),
    Mutant(
        promise="I2",
        says="offers are locked in the order of the lines",
        file=FILE,
        old="        order by o.id for no key update of o\n    ), judged",
        new="        order by md5($1::text || o.id::text) for no key update of o\n    ), judged",
        test=f"{PROOF}test_of_several_lines_wait_for_each_other_in_one_order",
    ),
    Mutant(
        promise="I2",
        says="two lines of one offer are judged by the larger one",
        file=FILE,
        old="select g.reference, g.offer_id, sum(g.quantity) as quantity",
        new="select g.reference, g.offer_id, max(g.quantity) as quantity",
        test=f"{PROOF}test_of_two_lines_with_one_offer_count_both",
    ),
    Mutant(
        promise="I2",
        says="what comes twice is counted twice",
        file=FILE,
        old="from (select offer_id, sum(quantity)::int as quantity from taken group by offer_id) t",
        new="from (select id as offer_id, quantity::int from judged) t",
        test=f"{PROOF}test_happen_once_however_often_they_are_asked_for",
    ),
    Mutant(
        promise="I2",
        says="no wall in the table",
        file="migrations/versions/0004_catalog.py",
        old="        constraint catalog_offer_stock check (reserved between 0 and on_hand),\n",
        new="",
        test=f"{PROOF}test_stop_at_the_last_wall",
    ),
]

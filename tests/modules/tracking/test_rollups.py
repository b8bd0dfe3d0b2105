"""Whatever comes in, in whatever batches: the rollups say what a recount of the raw visits says."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import asyncpg
import msgspec
import pytest

from shoplytics.adapters.postgres.tracking import PgRecorder, PgSalts, PgVisits
from shoplytics.adapters.postgres.tracking.visits import COUNT_HOURS, COUNT_PRODUCTS
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import NotFound, Unavailable
from shoplytics.kernel.ids import new_id
from shoplytics.modules.tracking.schemas import Track
from shoplytics.modules.tracking.service import Tracker, TrackingService
from shoplytics.ports.edge import Client
from shoplytics.ports.tenancy import StoreFacts
from shoplytics.ports.tracking import Agent, Campaign, IncomingVisit

STORES = (new_id(), new_id())
PRODUCTS = (new_id(), new_id(), new_id())
ZONE = "Europe/London"
START = datetime(2026, 10, 24, 20, tzinfo=UTC)  # the evening before the clocks go back
HOURS = """
    select hour, day, visits, visitors, sessions, bounces, engaged_ms
    from tracking_stat_hour where store_id = $1
"""
PRODUCT_DAYS = """
    select day, product_id, visits, visitors, engaged_ms from tracking_stat_product_day where store_id = $1
"""


BREAK = "alter table tracking_visit add constraint broken check (path <> '/bad') not valid"
IN_ORDER = "select visitor from tracking_visit order by started_at, id"


class Stores:
    async def facts(self, store_id: UUID) -> StoreFacts:
        if store_id not in STORES:
            raise NotFound
        return StoreFacts(
            id=store_id,
            name="A",
            slug="a",
            currency="GBP",
            timezone=ZONE,
            active=True,
            low_stock_threshold=3,
        )


class Agents:
    def read(self, user_agent: str) -> Agent:
        return Agent("desktop", "Firefox", bot="bot" in user_agent)


class Away:
    """A database whose server has died."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def pool(self, role: DbRole) -> None:
        raise self._error


class Time:
    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


def tracker_of(infra: Infra, clock: Time) -> Tracker:
    return Tracker(
        directory=Stores(),
        agents=Agents(),
        salts=PgSalts(infra.database),
        recorder=PgRecorder(infra.database, {"tracking.visits-recorded": ("test.heard",)}, bell=infra.bell),
        clock=clock,
    )


async def see(
    tracker: Tracker,
    *,
    visitor: int = 1,
    store_id: UUID = STORES[0],
    agent: str = "Firefox",
    **fields: object,
) -> None:
    if fields.get("type") != "ping":
        fields.setdefault("path", "/")
    track = Track(store_id=store_id, **fields)  # type: ignore[arg-type]
    client = Client(address=f"10.0.{visitor}.1", user_agent=agent)
    await tracker.track(track=track, client=client, refusal=None)


def comparable(rows: list[asyncpg.Record]) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in rows}


async def differences(owner: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Rows that the rollups and a recount do not share."""
    days = [START.date() + timedelta(days=n) for n in range(-500, 10)]
    whole = (days, START - timedelta(days=600), START + timedelta(days=20))
    found = 0
    for store_id in STORES:
        for kept, counted in ((HOURS, COUNT_HOURS), (PRODUCT_DAYS, COUNT_PRODUCTS)):
            rollups = comparable(await owner.fetch(kept, store_id))
            recount = comparable(await owner.fetch(counted, store_id, *whole))
            found += len(rollups ^ recount)
    return found


class TestRollups:
    @pytest.mark.parametrize("seed", range(6))
    async def test_equal_a_recount_of_the_visits(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]", seed: int
    ) -> None:
        random, clock = Random(seed), Time()  # noqa: S311 - a test's dice
        trackers = [tracker_of(infra, clock), tracker_of(infra, clock)]  # as two processes
        pages = 0
        for _ in range(40):
            clock.now += timedelta(minutes=random.choice([0, 0, 1, 10, 29, 31, 120]), seconds=random.random())
            beacons = []
            for _ in range(random.choice([1, 2, 40])):
                old = random.random() < 0.3 and pages
                pages += 0 if old else 1
                page = random.randint(1, pages) if old else pages
                # One process a visitor, as two would settle the order of its visits by whose commit is first.
                visitor = random.randint(1, 12)
                store_id = STORES[page % 2]
                ping = bool(old) and random.random() < 0.6
                beacons.append(
                    see(
                        trackers[visitor % 2],
                        visitor=visitor,
                        store_id=store_id,
                        page_id=page,
                        type="ping" if ping else "view",
                        engaged_ms=random.randint(0, 60_000) if ping else None,
                        product_id=random.choice([None, *PRODUCTS]),
                    )
                )
            await asyncio.gather(*beacons)
        assert await differences(owner) == 0
        assert await owner.fetchval("select count(*) from tracking_visit") == pages
        assert await owner.fetchval("select sum(visits) from tracking_stat_hour") == pages

    async def test_keep_a_session_open_for_30_minutes_and_over_the_clocks_change(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        clock = Time(datetime(2026, 10, 25, 0, 50, tzinfo=UTC))
        tracker = tracker_of(infra, clock)
        for minutes in (0, 20, 30, 31):
            clock.now += timedelta(minutes=minutes)
            await see(tracker)
        rows = await owner.fetch(HOURS + " order by hour", STORES[0])
        # 01:50 and, twenty minutes later, 01:10 again; then 01:40, still the session; then a new one.
        assert [(r["hour"].hour, r["visits"], r["visitors"], r["sessions"], r["bounces"]) for r in rows] == [
            (0, 1, 1, 1, 0),
            (1, 2, 0, 0, 0),
            (2, 1, 0, 1, 1),
        ]
        assert await differences(owner) == 0

    async def test_take_the_longest_ping_once_and_let_pings_keep_the_session_open(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        clock = Time()
        tracker = tracker_of(infra, clock)
        await see(tracker, page_id="a", product_id=PRODUCTS[0])
        for engaged in (5000, 20_000, 20_000, 7000):
            clock.now += timedelta(minutes=10)
            await see(tracker, type="ping", page_id="a", engaged_ms=engaged)
        clock.now += timedelta(minutes=25)
        await see(tracker, page_id="b")
        await see(tracker, type="ping", page_id="never seen", engaged_ms=1)
        totals = "select sum(engaged_ms), sum(sessions) from tracking_stat_hour"
        assert tuple((await owner.fetchrow(totals)).values()) == (20_000, 1)  # type: ignore[union-attr]
        assert await owner.fetchval("select engaged_ms from tracking_stat_product_day") == 20_000
        assert await owner.fetchval("select drops from tracking_drop where reason = 'unknown_page'") == 1
        assert await differences(owner) == 0

    async def test_count_no_more_time_than_passed_since_the_page_was_shown(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        clock = Time()
        tracker = tracker_of(infra, clock)
        held = "select engaged_ms from tracking_visit"
        await see(tracker, page_id="a", product_id=PRODUCTS[0], engaged_ms=1_800_000)
        assert await owner.fetchval(held) == 5000
        for passed, engaged, counted in ((0.25, 1_800_000, 5250), (-9, 6000, 5250), (69.75, 60_000, 60_000)):
            clock.now += timedelta(seconds=passed)
            await see(tracker, type="ping", page_id="a", engaged_ms=engaged)
            assert await owner.fetchval(held) == counted
        assert await owner.fetchval("select sum(engaged_ms) from tracking_stat_hour") == 60_000
        assert await differences(owner) == 0

    async def test_tell_subscribers_of_product_pages_once_a_batch(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        tracker = tracker_of(infra, Time())
        await see(tracker)
        await asyncio.gather(*(see(tracker, visitor=n, product_id=PRODUCTS[0]) for n in range(20)))
        visits = "select payload->'products'->0->>'visits' from platform_outbox where task = 'test.heard'"
        told = [int(row[0]) for row in await owner.fetch(visits)]
        assert sum(told) == 20
        assert len(told) < 20

    async def test_hold_what_was_loaded_from_the_past(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        random, clock = Random(3), Time()  # noqa: S311 - a test's dice
        tracker = tracker_of(infra, clock)
        await see(tracker, product_id=PRODUCTS[1])
        visits = [
            IncomingVisit(
                store_id=random.choice(STORES),
                started_at=START - timedelta(minutes=random.randint(0, 600_000)),
                visitor=0,
                session_id=0,
                path="/p",
                product_id=random.choice([None, *PRODUCTS]),
                campaign=Campaign(source="mail"),
                engaged_ms=random.randint(0, 100_000),
            )
            for _ in range(3000)
        ]
        visits = [
            msgspec.structs.replace(
                v, visitor=v.started_at.toordinal() * 100 + n % 9, session_id=v.started_at.toordinal()
            )
            for n, v in enumerate(visits)
        ]
        async with infra.database.work(DbRole.SYSTEM) as work:
            service = TrackingService(
                visits=PgVisits(work), directory=Stores(), outbox=infra.outbox(work), clock=clock
            )
            await service.record_visits(visits)
            await work.commit()
        assert await differences(owner) == 0
        assert await owner.fetchval("select sum(visits) from tracking_stat_hour") == 3001


class TestAcceptance:
    async def test_gives_the_error_to_everyone_whose_batch_failed(self, infra: Infra, owner_url: str) -> None:
        tracker = tracker_of(infra, Time())
        await see(tracker)
        owner = await asyncpg.connect(owner_url)
        await owner.execute(
            "alter table tracking_visit add constraint broken check (path <> '/bad') not valid"
        )
        try:
            results = await asyncio.gather(
                *(see(tracker, visitor=n, path="/bad") for n in range(5)), return_exceptions=True
            )
            assert [type(result) for result in results] == [Unavailable] * 5
            await see(tracker, path="/good")
        finally:
            await owner.execute("alter table tracking_visit drop constraint broken")
            await owner.close()

    @pytest.mark.parametrize(
        "lost",
        [
            asyncpg.InternalClientError("cannot switch to state 15"),
            asyncpg.InterfaceError("connection is closed"),
            asyncpg.AdminShutdownError("terminating connection"),
            ConnectionResetError(),
            TimeoutError(),
        ],
    )
    async def test_asks_to_come_back_while_the_database_is_away(self, infra: Infra, lost: Exception) -> None:
        database = Away(lost)
        tracker = Tracker(
            directory=Stores(),
            agents=Agents(),
            salts=PgSalts(infra.database),
            recorder=PgRecorder(database, {}, bell=infra.bell),  # type: ignore[arg-type]
            clock=Time(),
        )
        for _ in range(2):
            with pytest.raises(Unavailable) as refused:
                await see(tracker)
            assert refused.value.retry_after == 1

    async def test_counts_drops_by_reason(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        tracker = tracker_of(infra, Time())
        await see(tracker, agent="a bot")
        await see(tracker, agent="a bot")
        await see(tracker)  # carries the drops, or comes after them
        rows = await owner.fetch("select reason, drops, day from tracking_drop")
        assert [tuple(row.values()) for row in rows] == [("bot", 2, date(2026, 10, 24))]


class TestVisitor:
    async def test_is_one_a_day_and_store_and_cannot_be_found_out_once_the_salt_is_gone(
        self, infra: Infra, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        clock = Time()
        tracker = tracker_of(infra, clock)
        await see(tracker)
        await see(tracker)
        await see(tracker, store_id=STORES[1])
        clock.now += timedelta(days=1)
        await see(tracker)
        ids = [
            row[0] for row in await owner.fetch("select visitor from tracking_visit order by started_at, id")
        ]
        assert ids[0] == ids[1]
        assert len(set(ids)) == 3
        assert await owner.fetchval("select count(*) from tracking_salt") == 3
        async with infra.database.work(DbRole.SYSTEM) as work:
            service = TrackingService(
                visits=PgVisits(work), directory=Stores(), outbox=infra.outbox(work), clock=clock
            )
            assert await service.forget(clock.now) == 2
            await work.commit()
        assert await owner.fetchval("select min(day) from tracking_salt") == date(2026, 10, 25)
        # A process that never knew the old salt makes another: the old ids come back for no address.
        clock.now -= timedelta(days=1)
        again = tracker_of(infra, clock)
        for address in range(256):
            await see(again, visitor=address)
        later = {
            row[0] for row in await owner.fetch("select visitor from tracking_visit order by id offset 4")
        }
        assert len(later) > 200
        assert not later & set(ids)

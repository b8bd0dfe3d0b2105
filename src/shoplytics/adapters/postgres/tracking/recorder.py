"""Group commit: requests wait for the batch that carries them, and are answered after its COMMIT."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import asyncpg
import structlog

from shoplytics.adapters.postgres.database import LOST, Database
from shoplytics.adapters.postgres.outbox import ADD, columns_of, rows_of
from shoplytics.adapters.postgres.tracking.statements import (
    RECORD_DROPS,
    RECORD_PINGS,
    RECORD_VIEWS,
    take_turn,
)
from shoplytics.adapters.postgres.work import Raw
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import Unavailable
from shoplytics.modules.tracking.ports import Ping, Seen
from shoplytics.ports.outbox import Bell
from shoplytics.ports.tracking import ProductVisits, VisitsRecorded

BATCH = 5_000
MOST_WAITING = 100_000
RETRY_SECONDS = 1

log = structlog.get_logger("shoplytics.tracking")

Waiting = tuple[Seen | Ping, "asyncio.Future[None]"]


class PgRecorder:
    """One per process. A flush starts whenever none runs and something waits; it takes 5,000 rows at most.

    The busier it is, the larger the batches: there is no timer to tune.
    """

    def __init__(self, database: Database, routes: Mapping[str, Sequence[str]], *, bell: Bell) -> None:
        self._database = database
        self._routes = routes
        self._bell = bell
        self._waiting: list[Waiting] = []
        self._drops: Counter[tuple[UUID, date, str]] = Counter()
        self._flushing: asyncio.Task[None] | None = None

    async def view(self, view: Seen) -> None:
        await self._wait_with(view)

    async def ping(self, ping: Ping) -> None:
        await self._wait_with(ping)

    def drop(self, *, store_id: UUID, day: date, reason: str) -> None:
        self._drops[store_id, day, reason] += 1
        self._wake()

    async def _wait_with(self, row: Seen | Ping) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable(retry_after=RETRY_SECONDS)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, future))
        self._wake()
        await future

    def _wake(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())

    async def _flush_all(self) -> None:
        try:
            while self._waiting or self._drops:
                await self._flush_with_one_connection()
        finally:
            self._flushing = None

    async def _flush_with_one_connection(self) -> None:
        """Flush for as long as anything waits; a failure ends it, and with it the use of the connection."""
        batch: list[Waiting] = []
        try:
            pool = self._database.pool(DbRole.SYSTEM)
            async with pool.acquire() as held:
                while self._waiting or self._drops:
                    batch = self._take()
                    await self._commit(held, [row for row, _ in batch])
                    _settle(batch, None)
        except (*LOST, asyncpg.PostgresError) as error:
            batch = batch or self._take()
            log.info("visits_not_stored", visits=len(batch), reason=type(error).__name__)
            _settle(batch, Unavailable(retry_after=RETRY_SECONDS))
        except Exception as error:
            log.exception("visits_not_stored", visits=len(batch))
            _settle(batch or self._take(), error)

    def _take(self) -> list[Waiting]:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        return batch

    async def _commit(self, raw: Raw, rows: Sequence[Seen | Ping]) -> None:
        views = [_view_row(n, row) for n, row in enumerate(rows) if isinstance(row, Seen)]
        pings = [
            (row.store_id, row.page, row.at, row.day, row.engaged_ms) for row in rows if isinstance(row, Ping)
        ]
        drops, self._drops = self._drops, Counter()
        added: list[UUID] = []
        async with raw.transaction():
            await take_turn(raw)
            if views:
                found = await raw.fetch(RECORD_VIEWS, *columns_of(views))
                added = await self._publish(raw, found)
            if pings:
                await raw.execute(RECORD_PINGS, *columns_of(pings))
            if drops:
                counted = [(*key, count) for key, count in drops.items()]
                await raw.execute(RECORD_DROPS, *columns_of(counted))
        if added:
            self._bell.ring(added)

    async def _publish(self, raw: Raw, found: Sequence[asyncpg.Record]) -> list[UUID]:
        """One event a store and day with visits of product pages; the ids of its rows in the outbox."""
        visits: Counter[tuple[UUID, date]] = Counter()
        products: dict[tuple[UUID, date], list[ProductVisits]] = {}
        for row in found:
            key = (row["store_id"], row["day"])
            visits[key] += row["visits"]
            if row["product_id"] is not None:
                counted = ProductVisits(product_id=row["product_id"], visits=row["visits"])
                products.setdefault(key, []).append(counted)
        events = [
            VisitsRecorded(store_id=key[0], day=key[1], visits=visits[key], products=tuple(counted))
            for key, counted in products.items()
        ]
        rows = rows_of(events, self._routes)
        if rows:
            await raw.execute(ADD, *columns_of(rows))
        return [row[0] for row in rows]


def _settle(batch: Sequence[Waiting], error: Exception | None) -> None:
    for _, future in batch:
        if future.done():  # its request has gone away
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def _view_row(n: int, view: Seen) -> tuple[object, ...]:
    campaign = view.campaign
    return (
        n,
        view.id,
        view.store_id,
        view.page,
        view.visitor,
        view.session_seed,
        view.at,
        view.day,
        view.hour,
        view.product_id,
        view.path,
        view.referrer_host,
        campaign.source,
        campaign.medium,
        campaign.name,
        campaign.term,
        campaign.content,
        view.device,
        view.browser,
    )

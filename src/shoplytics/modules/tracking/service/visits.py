"""Stored visits: listing them, loading those of the past, forgetting who it was."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.tracking import domain
from shoplytics.modules.tracking.ports import DatedVisit, Visits
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import StoreDirectory
from shoplytics.ports.tracking import IncomingVisit, ProductVisits, VisitsRecorded, VisitView

SORT = "-started_at"
BATCH = 20_000


class TrackingService:
    """For one unit of work: the store's own for the list, the system's for the rest."""

    def __init__(self, *, visits: Visits, directory: StoreDirectory, outbox: Outbox, clock: Clock) -> None:
        self._visits = visits
        self._directory = directory
        self._outbox = outbox
        self._clock = clock

    async def listed(
        self,
        *,
        store_id: UUID,
        first: date | None,
        last: date | None,
        product_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> Page[VisitView]:
        """Newest first, of inclusive local days; the last 30 without any. Raises BadRange."""
        facts = await self._directory.facts(store_id)
        zone = ZoneInfo(facts.timezone)
        start, end = domain.bounds(first, last, now=self._clock(), zone=zone)
        found = await self._visits.listed(
            store_id=store_id,
            start=start,
            end=end,
            product_id=product_id,
            before=_position(cursor),
            limit=limit + 1,
        )
        return page_of(found, limit, lambda v: encode_cursor(SORT, v.started_at.isoformat(), v.id))

    async def record_visits(self, visits: Sequence[IncomingVisit]) -> None:
        """Load visits of the past and count their days' rollups anew; the work must be the system's.

        All of a store's visits of one day should come in one call: each call counts its days once more.
        """
        by_store: dict[UUID, list[IncomingVisit]] = {}
        for visit in visits:
            by_store.setdefault(visit.store_id, []).append(visit)
        for store_id, theirs in by_store.items():
            await self._record(store_id, theirs)

    async def forget(self, now: datetime) -> int:
        """Delete what could still tell one visitor from another after their day."""
        return await self._visits.forget(now=now)

    async def _record(self, store_id: UUID, visits: Sequence[IncomingVisit]) -> None:
        zone = ZoneInfo((await self._directory.facts(store_id)).timezone)
        dated = [_dated(visit, zone) for visit in visits]
        for at in range(0, len(dated), BATCH):
            await self._visits.add(store_id=store_id, visits=dated[at : at + BATCH])
        days = sorted({row.day for row in dated})
        start, end = domain.midnight(days[0], zone), domain.day_after(days[-1], zone)
        await self._visits.rebuild(store_id=store_id, days=days, start=start, end=end)
        products = Counter(visit.product_id for visit in visits if visit.product_id is not None)
        if products:
            counted = tuple(ProductVisits(product_id=p, visits=n) for p, n in sorted(products.items()))
            await self._outbox.add(
                VisitsRecorded(store_id=store_id, day=days[-1], visits=len(visits), products=counted)
            )


def _dated(visit: IncomingVisit, zone: ZoneInfo) -> DatedVisit:
    at = domain.moment(visit.started_at, zone)
    return DatedVisit(new_id(), at.day, at.hour, visit)


def _position(cursor: str | None) -> tuple[datetime, UUID] | None:
    found = decode_cursor(cursor, sort=SORT, length=2)
    if found is None:
        return None
    try:
        started_at, visit_id = (str(key) for key in found.keys)
        position = datetime.fromisoformat(started_at), UUID(visit_id)
    except ValueError:
        raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of a page as it came.") from None
    if position[0].tzinfo is None:
        raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of a page as it came.")
    return position

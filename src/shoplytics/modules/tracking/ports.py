"""What tracking needs from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.tracking import Campaign, IncomingVisit, VisitView


class Seen(msgspec.Struct, frozen=True, gc=False):
    """A page view ready to be stored; `session_seed` names the session if the view begins one."""

    id: UUID
    store_id: UUID
    page: int
    visitor: int
    session_seed: int
    at: datetime
    day: date
    hour: datetime
    product_id: UUID | None
    path: str
    referrer_host: str | None
    campaign: Campaign
    device: str
    browser: str


class Ping(msgspec.Struct, frozen=True, gc=False):
    """How long a page has been looked at by now, in all."""

    store_id: UUID
    page: int
    at: datetime
    day: date
    engaged_ms: int


class Recorder(Protocol):
    """Stores what it is handed together with whatever else waits, in one transaction."""

    async def view(self, view: Seen) -> None:
        """Returns once it is committed. Raises Unavailable when it is not, or when too many wait."""
        ...

    async def ping(self, ping: Ping) -> None:
        """As `view`."""
        ...

    def drop(self, *, store_id: UUID, day: date, reason: str) -> None:
        """Count a visit that is not stored; the count is lost if the next flush fails."""
        ...


class Salts(Protocol):
    async def of_day(self, *, store_id: UUID, day: date, expires_at: datetime) -> bytes:
        """The store's salt of that day, the same in every process; made at the first call."""
        ...


class DatedVisit(msgspec.Struct, frozen=True, gc=False):
    """A visit of the past with its local day and hour."""

    id: UUID
    day: date
    hour: datetime
    visit: IncomingVisit


class Visits(Protocol):
    """The stored visits of stores, in a unit of work."""

    async def listed(
        self,
        *,
        store_id: UUID,
        start: datetime,
        end: datetime,
        product_id: UUID | None,
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Sequence[VisitView]:
        """Newest first, `start` included, `end` not; `before` is the last one already seen."""
        ...

    async def add(self, *, store_id: UUID, visits: Sequence[DatedVisit]) -> None:
        """Store visits of the past; `rebuild` their days afterwards."""
        ...

    async def rebuild(self, *, store_id: UUID, days: Sequence[date], start: datetime, end: datetime) -> None:
        """Count the days' rollups anew from their visits, which lie between `start` and `end`."""
        ...

    async def forget(self, *, now: datetime) -> int:
        """Delete expired salts and the ids that served to tell visitors apart; how many rows."""
        ...


class OpenSessions(Protocol):
    """The visitors of these days and what they are about, in a unit of work of the system's."""

    async def salts(self, store_id: UUID) -> Sequence[bytes]:
        """Of the store's last two days; none where nobody has visited it."""
        ...

    async def latest(self, *, store_id: UUID, visitors: Sequence[int], since: datetime) -> int | None:
        """The session of whichever of these visitors was there last, and after `since`."""
        ...

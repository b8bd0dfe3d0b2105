"""Tracking: visits. Views, events and what other modules may ask."""

from datetime import date, datetime
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event
from shoplytics.ports.edge import Client


class ProductVisits(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    visits: int


class VisitsRecorded(Event, frozen=True, kw_only=True):
    """A batch held visits of product pages; `products` counts them (the catalogue's popularity).

    `visits` are all the batch's visits of the store and day; a batch without product pages publishes nothing.
    The products are as browsers named them: some may not exist.
    """

    type: ClassVar[str] = "tracking.visits-recorded"

    day: date
    visits: int
    products: tuple[ProductVisits, ...]


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """The utm_* parameters of the page's address."""

    source: str | None = None
    medium: str | None = None
    name: str | None = None
    term: str | None = None
    content: str | None = None


NO_CAMPAIGN = Campaign()


class IncomingVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit of the past, with visitor and session settled by whoever hands it in (imports, the demo).

    A visitor lives one local day of the store, a session lies within one visitor's day; both are any 64-bit
    numbers that no other day uses. `engaged_ms` is at most 30 minutes.
    """

    store_id: UUID
    started_at: datetime
    visitor: int
    session_id: int
    path: str
    product_id: UUID | None = None
    referrer_host: str | None = None
    campaign: Campaign = NO_CAMPAIGN
    device: str = "desktop"
    browser: str = "Other"
    engaged_ms: int = 0


class VisitView(msgspec.Struct, kw_only=True):
    """One page shown. `session_id` is a number too large for JavaScript, so it is text."""

    id: UUID
    started_at: datetime
    session_id: str
    path: str
    product_id: UUID | None
    referrer_host: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None
    utm_content: str | None
    device: str
    browser: str
    engaged_seconds: float


class Agent(msgspec.Struct, frozen=True):
    """What is kept of a user agent. `device` is desktop, mobile, tablet or tv."""

    device: str
    browser: str
    bot: bool


class AgentReader(Protocol):
    """Reads user agents; may take milliseconds, so call it off the event loop and keep the answer."""

    def read(self, user_agent: str) -> Agent: ...


class VisitSessions(Protocol):
    """For who wants to know which visit led to something, in the caller's unit of work."""

    async def open_session(self, *, store_id: UUID, client: Client, now: datetime) -> int | None:
        """The number of the client's session in the store, if one is open; None for who is not tracked."""
        ...

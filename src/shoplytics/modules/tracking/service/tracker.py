"""The hot path: from a beacon to a committed row. One per process; it opens no unit of work of its own."""

import asyncio
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.modules.tracking import domain
from shoplytics.modules.tracking.ports import Ping, Recorder, Salts, Seen
from shoplytics.modules.tracking.schemas import Track
from shoplytics.ports.edge import Client
from shoplytics.ports.tenancy import StoreDirectory
from shoplytics.ports.tracking import NO_CAMPAIGN, Agent, AgentReader, Campaign

AGENTS_KEPT = 8_192
SALTS_KEPT = 20_000
POSITIVE = (1 << 63) - 1


class UnknownStore(NotFound):
    code = "unknown_store"
    message = "There is no such store."


class Tracker:
    """Nothing of a visitor is kept here but salts, and those no longer than in the database."""

    def __init__(
        self,
        *,
        directory: StoreDirectory,
        agents: AgentReader,
        salts: Salts,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._agents = agents
        self._salts = salts
        self._recorder = recorder
        self._clock = clock
        self._read: dict[str, Agent] = {}
        self._kept_salts: dict[tuple[UUID, date], tuple[bytes, datetime]] = {}

    async def track(self, *, track: Track, client: Client, refusal: str | None) -> None:
        """Returns when the visit is committed, or dropped and counted.

        `refusal` is the header by which the browser asks not to be tracked (`gpc`, `dnt`). Raises
        UnknownStore, Invalid for a body that says too little, Unavailable when it cannot be stored.
        """
        store_id = _store(track)
        place = _checked(track)
        zone = await self._zone(store_id)
        agent = self._read.get(client.user_agent) or await self._agent(client.user_agent)
        reason = refusal or ("bot" if agent.bot else None)
        if reason is not None:
            day = self._clock().astimezone(zone).date()
            self._recorder.drop(store_id=store_id, day=day, reason=reason)
            return
        now = domain.moment(self._clock(), zone)
        if track.type == "view":
            await self._view(
                track, now, place=place, store_id=store_id, zone=zone, client=client, agent=agent
            )
        if track.engaged_ms is not None and track.page_id is not None:
            page = domain.page_key(_page(track.page_id))
            await self._recorder.ping(Ping(store_id, page, now.at, now.day, track.engaged_ms))

    async def _view(
        self,
        track: Track,
        now: domain.Moment,
        *,
        place: domain.Place,
        store_id: UUID,
        zone: ZoneInfo,
        client: Client,
        agent: Agent,
    ) -> None:
        kept = self._kept_salts.get((store_id, now.day))
        salt = kept[0] if kept else await self._salt(store_id, now.day, zone)
        visit_id = new_id()
        page = domain.page_key(_page(track.page_id)) if track.page_id is not None else visit_id.int & POSITIVE
        await self._recorder.view(
            Seen(
                id=visit_id,
                store_id=store_id,
                page=page,
                visitor=domain.visitor_id(
                    salt=salt, store_id=store_id, address=client.address, user_agent=client.user_agent
                ),
                session_seed=visit_id.int & POSITIVE,
                at=now.at,
                day=now.day,
                hour=now.hour,
                product_id=track.product_id,
                path=place.path,
                referrer_host=domain.referrer_host(track.referrer, own=place.host),
                campaign=_campaign(track, place),
                device=agent.device,
                browser=agent.browser,
            )
        )

    async def _zone(self, store_id: UUID) -> ZoneInfo:
        try:
            facts = await self._directory.facts(store_id)
        except NotFound:
            raise UnknownStore from None
        if not facts.active:
            raise UnknownStore
        return ZoneInfo(facts.timezone)

    async def _agent(self, user_agent: str) -> Agent:
        agent = await asyncio.to_thread(self._agents.read, user_agent)
        if len(self._read) >= AGENTS_KEPT:
            self._read.clear()
        self._read[user_agent] = agent
        return agent

    async def _salt(self, store_id: UUID, day: date, zone: ZoneInfo) -> bytes:
        expires_at = domain.salt_expiry(day, zone)
        salt = await self._salts.of_day(store_id=store_id, day=day, expires_at=expires_at)
        now = self._clock()
        fresh = {key: old for key, old in self._kept_salts.items() if old[1] > now}
        self._kept_salts = fresh if len(fresh) < SALTS_KEPT else {}
        self._kept_salts[store_id, day] = (salt, expires_at)
        return salt


def _store(track: Track) -> UUID:
    store_id = track.store_id or track.store
    if track.store is not None and track.store != store_id:
        raise invalid_field("/store", "contradiction", "store and store_id name different stores.")
    if store_id is None:
        raise invalid_field("/store_id", "required", "Say which store was visited.")
    return store_id


def _checked(track: Track) -> domain.Place:
    if track.type == "ping":
        if track.page_id is None or track.engaged_ms is None:
            raise invalid_field("/engaged_ms", "required", "A ping has a page_id and engaged_ms.")
        return domain.Place("/", None, {})
    address = track.url or track.path
    if address is not None:
        return domain.place(address)
    if track.product_id is None:
        raise invalid_field("/path", "required", "A view has a path, a url or a product_id.")
    return domain.Place(f"/products/{track.product_id}", None, {})


def _page(page_id: str | int) -> str:
    # Hexadecimal, because Python refuses to write very long numbers in decimal.
    return page_id if isinstance(page_id, str) else f"#{page_id:x}"


def _campaign(track: Track, place: domain.Place) -> Campaign:
    if not place.campaign and not any(getattr(track, name) for name in domain.CAMPAIGN):
        return NO_CAMPAIGN
    source, medium, name, term, content = (
        getattr(track, word) or place.campaign.get(word) for word in domain.CAMPAIGN
    )
    return Campaign(source=source, medium=medium, name=name, term=term, content=content)

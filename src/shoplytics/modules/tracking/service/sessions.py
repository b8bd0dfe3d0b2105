"""Which visit somebody is on, asked by who makes something of it."""

from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.modules.tracking.domain import visitor_id
from shoplytics.modules.tracking.ports import OpenSessions
from shoplytics.ports.edge import Client

IDLE = timedelta(minutes=30)


class SessionFinder:
    """See VisitSessions in ports/tracking.py. Nothing is stored and nothing is asked of the browser."""

    def __init__(self, *, sessions: OpenSessions) -> None:
        self._sessions = sessions

    async def open_session(self, *, store_id: UUID, client: Client, now: datetime) -> int | None:
        """By yesterday's salt too: a visit may have begun before the store's midnight."""
        if client.refusal is not None or not client.user_agent:
            return None
        salts = await self._sessions.salts(store_id)
        if not salts:
            return None
        visitors = [
            visitor_id(salt=salt, store_id=store_id, address=client.address, user_agent=client.user_agent)
            for salt in salts
        ]
        return await self._sessions.latest(store_id=store_id, visitors=visitors, since=now - IDLE)

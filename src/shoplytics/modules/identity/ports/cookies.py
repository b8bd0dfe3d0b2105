"""What browsers' sessions need from outside."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.ports.identity import Caller


class Cookies(Protocol):
    """Keys of browsers by their digest, outside any unit of work; each call is committed at once."""

    async def add(
        self, *, key_hash: bytes, session_id: UUID, now: datetime, expires_at: datetime
    ) -> None: ...
    async def caller(self, *, key_hash: bytes, now: datetime, used_since: datetime) -> Caller | None:
        """Who holds it, if it was used since then and its session lives; notes the use."""
        ...

    async def session_of(self, key_hash: bytes) -> UUID | None: ...

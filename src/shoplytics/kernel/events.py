"""An event is a fact other modules may care about, written to the outbox with the change it tells of."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Subclasses set `type` to `<module>.<fact>`; handlers must tolerate repeats and any order."""

    type: ClassVar[str] = "event"

    store_id: UUID | None = None
    id: UUID = msgspec.field(default_factory=new_id)
    occurred_at: datetime = msgspec.field(default_factory=utc_now)

    def makes_stale(self) -> tuple[str, ...]:
        """Tags of the kept answers that are wrong once this is committed (see ports/cache.py)."""
        return ()

"""Facts leave a module only here, in the transaction that made them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.kernel.events import Event


class Outbox(Protocol):
    """Writes one row per event and subscriber; workers deliver each at least once after the commit."""

    async def add(self, *events: Event, due: datetime | None = None) -> None:
        """`due`: not before that time."""
        ...


class Bell(Protocol):
    """Wakes workers after a commit. It may be lost at any time: they look by themselves once a second."""

    def ring(self, rows: Sequence[UUID]) -> None:
        """Returns at once and never raises; `rows` are those just committed."""
        ...

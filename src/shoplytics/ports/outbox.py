"""Facts leave a module only here, in the transaction that made them."""

from typing import Protocol

from shoplytics.kernel.events import Event


class Outbox(Protocol):
    """Writes one row per event and subscriber; workers deliver each at least once after the commit."""

    async def add(self, *events: Event) -> None: ...

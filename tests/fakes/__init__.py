"""Stand-ins for what services of any module ask of the outside, kept in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.events import Event
from shoplytics.kernel.letters import Letter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until told otherwise."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class KeptOutbox:
    events: list[Event] = field(default_factory=list)

    async def add(self, *events: Event, due: datetime | None = None) -> None:
        self.events += events

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Sent:
    """A letter as it was given to Mails."""

    letter: Letter
    to: str
    cause: UUID
    locale: str | None
    expires_at: datetime | None
    store_id: UUID | None = None


@dataclass
class KeptMails:
    """One letter for each cause, address and kind, as the real one."""

    sent: list[Sent] = field(default_factory=list)

    async def add(
        self,
        letter: Letter,
        *,
        to: str,
        cause: UUID,
        locale: str | None = None,
        store_id: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        if all((s.cause, s.to, type(s.letter)) != (cause, to, type(letter)) for s in self.sent):
            self.sent.append(Sent(letter, to, cause, locale, expires_at, store_id))

    async def forget(self, *, to: str) -> None:
        self.sent = [sent for sent in self.sent if sent.to != to]

    async def forget_for(self, *, store_id: UUID, to: str, causes: Sequence[UUID]) -> None:
        self.sent = [s for s in self.sent if s.to != to or (s.store_id != store_id and s.cause not in causes)]

    def to(self, address: str) -> list[Letter]:
        return [sent.letter for sent in self.sent if sent.to == address]


@dataclass
class KeptAudit:
    rows: list[tuple[Actor, str, str]] = field(default_factory=list)

    async def record(
        self,
        *,
        actor: Actor,
        action: str,
        target: str,
        store_id: UUID | None,
        before: msgspec.Struct | None = None,
        after: msgspec.Struct | None = None,
    ) -> None:
        self.rows.append((actor, action, target))

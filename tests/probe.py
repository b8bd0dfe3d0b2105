"""A module that exists only in tests: each of its effects is a row of `probe_effect`."""

import asyncio
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.kernel.errors import Conflict, Unavailable
from shoplytics.kernel.events import Event
from shoplytics.kernel.module import Module
from shoplytics.ports.jobs import JobRun, RowError

TABLE = """
    create table if not exists probe_effect (
        id bigint generated always as identity, what text not null, store_id uuid, number bigint, role text
    )
"""
GRANT = "grant select, insert on probe_effect to shop_system, shop_store"
ADD = "insert into probe_effect (what, store_id, number, role) values ($1, $2, $3, current_user)"


class Pinged(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "probe.pinged"

    number: int
    trouble: str = ""


class Ponged(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "probe.ponged"

    number: int


class Refused(Conflict):
    code = "probe.refused"
    message = "The probe would not."


class ProbeService:
    def __init__(self, infra: Infra, work: Work) -> None:
        self._work = work
        self._outbox = infra.outbox(work)

    async def happen(self, what: str, number: int, *, store_id: UUID | None = None) -> None:
        await self._work.raw.execute(ADD, what, store_id, number)

    async def publish(self, *events: Event) -> None:
        await self._outbox.add(*events)


async def on_ping(event: Pinged, service: ProbeService) -> None:
    await service.happen("ping", event.number)
    if event.trouble == "crash":
        raise RuntimeError(event.trouble)
    if event.trouble == "unavailable":
        raise Unavailable
    if event.trouble == "slow":
        await asyncio.sleep(1.5)
    if event.trouble == "pong":
        await service.publish(Ponged(number=event.number))


async def on_either(event: Pinged | Ponged, service: ProbeService) -> None:
    await service.happen("pong" if isinstance(event, Ponged) else "heard", event.number)


class CountTo(msgspec.Struct):
    """Count in batches of `size`, each number an effect and each batch an event."""

    last: int
    size: int = 10
    pause: float = 0.0
    refuse_at: int = 0
    crash_at: int = 0
    trouble: str = ""


class Counted(msgspec.Struct):
    number: int


async def count(run: JobRun[ProbeService]) -> None:
    wish = run.payload(CountTo)
    cursor = run.cursor(Counted)
    number = cursor.number if cursor else 0
    while number < wish.last:
        async with run.batch() as batch:
            for _ in range(min(wish.size, wish.last - number)):
                number += 1
                await batch.service.happen("count", number, store_id=run.store_id)
                if number == wish.refuse_at:
                    raise Refused
                if number == wish.crash_at:
                    raise RuntimeError("crash")
            if number % 7 == 0:
                await batch.reject([RowError(line=number, code="seven", message="A seven.", row=str(number))])
            await batch.service.publish(Pinged(number=number, trouble=wish.trouble))
            await batch.progress(done=number, total=wish.last, cursor=Counted(number))
        await asyncio.sleep(wish.pause)
    await run.finish(Counted(number))


async def tick(now: datetime, service: ProbeService) -> None:
    await service.happen("tick", int(now.timestamp()))


PROBE = Module(
    name="probe",
    jobs={"probe.count": count},
    subscribers={Pinged: (on_ping, on_either), Ponged: (on_either,)},
    schedule={tick: "*/5 * * * *"},
)
MODULES = (PROBE,)

"""What is due when: the rows of `platform_schedule`, and the outbox rows that become of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from shoplytics.adapters.postgres.work import Raw
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id

LEAD = 7_309_218_442

# Held for one tick only: a scheduler that dies or hangs is followed by the other within a second, and nothing
# is left behind on a connection that a transaction pooler hands to somebody else.
TRY_TO_LEAD = "select pg_try_advisory_xact_lock($1)"
NOW = "select now()"
SEED = """
    insert into platform_schedule (id, task, cron, next_at) values ($1, $2, $3, $4)
    on conflict (task, store_id) do nothing
"""
DUE = """
    select id, task, store_id, cron, timezone, catch_up, next_at from platform_schedule
    where enabled and next_at <= now() and task = any($1::text[])
    order by next_at limit 100 for update skip locked
"""
OFFER = """
    insert into platform_outbox (id, task, event_id, store_id, payload) values ($1, $2, $3, $4, $5::jsonb)
    on conflict (event_id, task) do nothing
"""
MOVE = """
    update platform_schedule set
        next_at = $2, last_at = case when $3 then now() else last_at end, last_error = null
    where id = $1
"""
DISABLE = "update platform_schedule set enabled = false, last_error = $2 where id = $1"


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A due row. `next_at` is the due time; `catch_up` says whether one missed while all was down counts."""

    id: UUID
    task: str
    store_id: UUID | None
    cron: str
    timezone: str
    catch_up: bool
    next_at: datetime

    @property
    def run_id(self) -> UUID:
        """The same for the same due time, whoever works it out: the outbox takes it once."""
        due = self.next_at.astimezone(UTC).isoformat()
        return uuid5(NAMESPACE_URL, f"shoplytics:{self.task}:{self.store_id}:{due}")


class PgSchedules:
    """Works in the transaction that is open on the connection, which must be of the role `shop_system`."""

    def __init__(self, connection: Raw) -> None:
        self._connection = connection

    async def leads(self) -> bool:
        """Whether this transaction is the one scheduler's."""
        return bool(await self._connection.fetchval(TRY_TO_LEAD, LEAD))

    async def now(self) -> datetime:
        """The database's time: schedulers on clocks that differ agree on it."""
        now: datetime = await self._connection.fetchval(NOW)
        return now

    async def seed(self, crons: Mapping[str, str], first: Mapping[str, datetime]) -> None:
        """Those that are not there yet; what an administrator has changed stays."""
        rows = [(new_id(), task, cron, first[task]) for task, cron in crons.items()]
        await self._connection.executemany(SEED, rows)

    async def due(self, tasks: Sequence[str]) -> list[Schedule]:
        """Locked until the transaction ends; those of tasks not named are left for a newer version."""
        return [Schedule(**dict(row)) for row in await self._connection.fetch(DUE, list(tasks))]

    async def offer(self, schedule: Schedule) -> None:
        """A row for the workers, once for each due time."""
        payload = to_json({"due": schedule.next_at}).decode()
        await self._connection.execute(
            OFFER, new_id(), schedule.task, schedule.run_id, schedule.store_id, payload
        )

    async def move(self, schedule: Schedule, next_at: datetime, *, ran: bool) -> None:
        await self._connection.execute(MOVE, schedule.id, next_at, ran)

    async def disable(self, schedule: Schedule, why: str) -> None:
        """For a cron line or time zone that nobody can read; an administrator sees why."""
        await self._connection.execute(DISABLE, schedule.id, why)

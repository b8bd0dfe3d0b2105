"""The scheduler process: turns due times into outbox rows, each exactly once, however many of it run."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cronsim import CronSim, CronSimError

from shoplytics.adapters.postgres.database import LOST, Database
from shoplytics.adapters.postgres.schedules import PgSchedules, Schedule
from shoplytics.adapters.postgres.work import Raw
from shoplytics.bootstrap import MODULES, open_infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.module import Module
from shoplytics.settings import Settings
from shoplytics.worker.signals import until_told
from shoplytics.worker.tasks import schedules_of

TICK_SECONDS = 1.0
LATE = timedelta(minutes=1)  # later than this, a run without catch-up is left out
log = structlog.get_logger("shoplytics.scheduler")


def next_time(cron: str, timezone: str, after: datetime) -> datetime:
    """The first due time after `after`, in UTC. Raises CronSimError, ZoneInfoNotFoundError or ValueError.

    In the hour a clock change leaves out or repeats, lines with a fixed hour run once and others by the
    clock, as Debian's cron does (cronsim).
    """
    try:
        return next(CronSim(cron, after.astimezone(ZoneInfo(timezone)))).astimezone(UTC)
    except StopIteration:
        message = f"{cron} never comes"
        raise CronSimError(message) from None


async def run_scheduler(
    settings: Settings, *, modules: Sequence[Module] = MODULES, stop: asyncio.Event | None = None
) -> None:
    """Tick once a second until `stop` is set or SIGTERM or SIGINT comes. Run two of it for safety."""
    crons = schedules_of(modules)
    async with until_told(stop) as told, open_infra(settings, modules=modules) as infra:
        log.info("scheduler.started", schedules=len(crons))
        while not told.is_set():
            with contextlib.suppress(*LOST):
                await _tick_until_lost(infra.database, crons, told)
            await _rest(told)
        log.info("scheduler.stopped")


async def _rest(told: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), TICK_SECONDS)


async def _tick_until_lost(database: Database, crons: Mapping[str, str], told: asyncio.Event) -> None:
    connection = await database.connect(DbRole.SYSTEM)
    try:
        await seed(connection, crons)
        while not told.is_set():
            await tick(connection, crons)
            await _rest(told)
    finally:
        connection.terminate()


async def seed(connection: Raw, crons: Mapping[str, str]) -> None:
    """Schedules that are new get their first due time; the others stay as they are."""
    async with connection.transaction():
        schedules = PgSchedules(connection)
        now = await schedules.now()
        await schedules.seed(crons, {task: next_time(cron, "UTC", now) for task, cron in crons.items()})


async def tick(connection: Raw, crons: Mapping[str, str]) -> None:
    """One transaction: the outbox row and the next due time land together or not at all."""
    async with connection.transaction():
        schedules = PgSchedules(connection)
        if not await schedules.leads():
            return
        now = await schedules.now()
        for schedule in await schedules.due(list(crons)):
            await _come_due(schedules, schedule, now)


async def _come_due(schedules: PgSchedules, schedule: Schedule, now: datetime) -> None:
    try:
        following = next_time(schedule.cron, schedule.timezone, now)
    except (CronSimError, ZoneInfoNotFoundError, ValueError) as error:
        await schedules.disable(schedule, f"{type(error).__name__}: {error}")
        log.info("schedule.disabled", task=schedule.task, error=str(error))
        return
    runs = schedule.catch_up or now - schedule.next_at <= LATE
    if runs:
        await schedules.offer(schedule)
    await schedules.move(schedule, following, ran=runs)
    log.info("schedule.due", task=schedule.task, due=schedule.next_at.isoformat(), runs=runs)

"""The only file that picks implementations: modules, infrastructure, services.

`WITH_WORK` builds a service for one unit of work; `ALONE` one that needs none (hot reads, tracking).
The edge and the worker ask for services by name and never see a class.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from shoplytics.adapters.files import FileStore
from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.outbox import PgJobs, PgOutbox
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.clock import Clock, utc_now
from shoplytics.kernel.module import Module
from shoplytics.ports.object_store import ObjectStore
from shoplytics.settings import Settings

MODULES: tuple[Module, ...] = ()


def task_name(module: Module, handler: Callable[..., object]) -> str:
    """How outbox rows and schedules name a handler: `<module>.<function>`."""
    return f"{module.name}.{handler.__name__}"


def routes_of(modules: Sequence[Module]) -> dict[str, tuple[str, ...]]:
    """Event type -> names of the tasks that want it."""
    routes: dict[str, tuple[str, ...]] = {}
    for module in modules:
        for event, handlers in module.subscribers.items():
            routes[event.type] = routes.get(event.type, ()) + tuple(task_name(module, h) for h in handlers)
    return routes


@dataclass(kw_only=True)
class Infra:
    """The opened parts of one process."""

    settings: Settings
    database: Database
    objects: ObjectStore
    clock: Clock = utc_now
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def outbox(self, work: Work, *, job_id: UUID | None = None) -> PgOutbox:
        return PgOutbox(work, self.routes, job_id=job_id)

    def jobs(self, work: Work) -> PgJobs:
        return PgJobs(work)


WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {}
ALONE: dict[str, Callable[[Infra], object]] = {}


@asynccontextmanager
async def open_infra(settings: Settings, *, slow: bool = False) -> AsyncIterator[Infra]:
    """Everything a process needs, closed again at the end. `slow` is for workers: longer statement time-outs."""
    database = Database(settings.database_url, slow=slow)
    infra = Infra(
        settings=settings,
        database=database,
        objects=FileStore(settings.home / "objects"),
        routes=routes_of(MODULES),
    )
    try:
        yield infra
    finally:
        await database.close()

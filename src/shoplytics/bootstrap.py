"""The only file that picks implementations: modules, infrastructure, services.

`WITH_WORK` builds a service for one unit of work; `ALONE` one that needs none (hot reads, tracking).
The edge and the worker ask for services by name and never see a class.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from taskiq import AsyncBroker

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.adapters.files import FileStore
from shoplytics.adapters.postgres.bell import PgBell
from shoplytics.adapters.postgres.broker import PostgresBroker
from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgCleaner,
    PgGuesses,
    PgLiveSessions,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.outbox import PgJobs, PgOutbox
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.clock import Clock, utc_now
from shoplytics.kernel.module import Module
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.module import identity
from shoplytics.modules.identity.service import IdentityService, SessionsService, SignInService
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.outbox import Bell
from shoplytics.settings import Settings

MODULES: tuple[Module, ...] = (identity,)


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
    bell: Bell
    clock: Clock = utc_now
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hasher: Argon2Hasher = field(default_factory=Argon2Hasher)
    job_id: UUID | None = None  # the job whose batch this is; its events are tagged with it

    def outbox(self, work: Work) -> PgOutbox:
        return PgOutbox(work, self.routes, bell=self.bell, job_id=self.job_id)

    def jobs(self, work: Work) -> PgJobs:
        return PgJobs(work, bell=self.bell)

    def broker(self, leases: Leases) -> AsyncBroker:
        """What wakes a worker; see `broker` in the settings."""
        return PostgresBroker(self.database, leases)


def _identity(infra: Infra, work: Work) -> IdentityService:
    return IdentityService(
        users=PgUsers(work),
        sessions=PgOwnSessions(work),
        tokens=PgOneTimeTokens(work),
        cleaner=PgCleaner(work),
        hasher=infra.hasher,
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _access_tokens(infra: Infra) -> AccessTokens:
    settings = infra.settings
    return AccessTokens(
        secret=settings.secret_key,
        issuer=settings.public_url,
        life=timedelta(minutes=settings.access_minutes),
    )


def _sessions(infra: Infra) -> SessionsService:
    return SessionsService(
        tokens=_access_tokens(infra),
        sessions=PgLiveSessions(infra.database),
        refresh_life=timedelta(days=infra.settings.refresh_days),
        clock=infra.clock,
    )


def _sign_in(infra: Infra) -> SignInService:
    return SignInService(
        accounts=PgAccounts(infra.database),
        guesses=PgGuesses(infra.database),
        sessions=PgLiveSessions(infra.database),
        hasher=infra.hasher,
        tokens=_access_tokens(infra),
        refresh_life=timedelta(days=infra.settings.refresh_days),
        require_verified=infra.settings.require_verified,
        clock=infra.clock,
    )


WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "identity": _identity,
}
ALONE: dict[str, Callable[[Infra], object]] = {
    "sessions": _sessions,
    "sign_in": _sign_in,
}


@asynccontextmanager
async def open_infra(
    settings: Settings, *, slow: bool = False, connections: int = 10, modules: Sequence[Module] = MODULES
) -> AsyncIterator[Infra]:
    """Everything a process needs, closed at the end. `slow`: longer statement time-outs, for workers."""
    database = Database(settings.database_url, pool_size=connections, slow=slow)
    bell = PgBell(database)
    infra = Infra(
        settings=settings,
        database=database,
        objects=FileStore(settings.home / "objects"),
        bell=bell,
        routes=routes_of(modules),
    )
    try:
        yield infra
    finally:
        infra.hasher.close()
        await bell.close()
        await database.close()

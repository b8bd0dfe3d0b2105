"""The only file that picks implementations: modules, infrastructure, services.

`WITH_WORK` builds a service for one unit of work; `ALONE` one that needs none (hot reads, tracking).
The edge and the worker ask for services by name and never see a class.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.adapters.files import FileStore
from shoplytics.adapters.postgres.analytics import PgAnalyticsStore
from shoplytics.adapters.postgres.bell import PgBell
from shoplytics.adapters.postgres.catalog import PgCatalog, PgImports, PgPublicCatalog, catalog_lookup
from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgCleaner,
    PgGuesses,
    PgKnownNetworks,
    PgLiveSessions,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.adapters.postgres.jobs import PgJobState
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.outbox import PgJobs, PgOutbox
from shoplytics.adapters.postgres.sales import PgOrderPages, PgOrderRecords, PgSalesReads
from shoplytics.adapters.postgres.sales_lookup import PgCustomerLookup
from shoplytics.adapters.postgres.tenancy import (
    PgAuditLog,
    PgDirectory,
    PgMembers,
    PgMemberships,
    PgStoreDirectory,
    PgStores,
    RecentStoreDirectory,
)
from shoplytics.adapters.postgres.tracking import PgRecorder, PgSalts, PgVisits
from shoplytics.adapters.postgres.work import Work
from shoplytics.adapters.redis.bell import RedisBell
from shoplytics.adapters.redis.cache import RedisCache
from shoplytics.adapters.redis.client import Fuse, open_redis
from shoplytics.adapters.redis.copies import RedisCopies
from shoplytics.adapters.redis.limiter import RedisLimiter
from shoplytics.adapters.useragent import UserAgents
from shoplytics.adapters.vault import AesVault
from shoplytics.kernel.clock import Clock, utc_now
from shoplytics.kernel.module import Module
from shoplytics.modules.analytics.module import analytics
from shoplytics.modules.analytics.service import AnalyticsService
from shoplytics.modules.catalog.module import catalog
from shoplytics.modules.catalog.service import CatalogImports, CatalogService, Storefront
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.module import identity
from shoplytics.modules.identity.ports import OpensSessions
from shoplytics.modules.identity.service import (
    Guard,
    IdentityService,
    SessionOpening,
    SessionsService,
    SignInService,
)
from shoplytics.modules.sales.module import sales
from shoplytics.modules.sales.service import OrderExports, SalesService
from shoplytics.modules.tenancy.module import tenancy
from shoplytics.modules.tenancy.service import DirectoryService, StoreDefaults, TenancyService
from shoplytics.modules.tracking.module import tracking
from shoplytics.modules.tracking.service import Tracker, TrackingService
from shoplytics.ports.cache import Cache, Copies
from shoplytics.ports.object_store import SweptStore
from shoplytics.ports.outbox import Bell
from shoplytics.ports.rate_limiter import RateLimiter
from shoplytics.ports.tenancy import StoreDirectory
from shoplytics.ports.vault import Vault
from shoplytics.settings import Settings

MODULES: tuple[Module, ...] = (
    identity,
    tenancy,
    catalog,
    sales,
    tracking,
    analytics,
)

PATIENT_SECONDS = 2.0  # for what no request waits for: the bell, the news of changes


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
    objects: SweptStore
    bell: Bell
    cache: Cache
    copies: Copies
    limiter: RateLimiter
    vault: Vault
    clock: Clock = utc_now
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hasher: Argon2Hasher = field(default_factory=Argon2Hasher)
    job_id: UUID | None = None  # the job whose batch this is; its events are tagged with it

    @cached_property
    def guard(self) -> Guard:
        """One a process: in it guesses at one account take turns."""
        return Guard(
            guesses=PgGuesses(self.database),
            networks=PgKnownNetworks(self.database),
            secret=self.settings.secret_key,
            clock=self.clock,
        )

    def outbox(self, work: Work) -> PgOutbox:
        return PgOutbox(work, self.routes, bell=self.bell, job_id=self.job_id)

    def jobs(self, work: Work) -> PgJobs:
        return PgJobs(work, bell=self.bell)

    def job_state(self, work: Work) -> PgJobState:
        """How jobs stand, for those who watch or cancel them."""
        return PgJobState(work)

    def broker(self, leases: Leases, *, task: str) -> Any:  # noqa: ANN401 - an AsyncBroker, see below
        """What hands a worker its rows, each to the Taskiq task `task`; see `broker` in the settings."""
        # Taskiq with its pydantic and aiohttp is 15 MB, and the API, which only rings, has no use for it.
        from shoplytics.adapters.postgres.broker import PostgresBroker  # noqa: PLC0415
        from shoplytics.adapters.redis.broker import RedisBroker  # noqa: PLC0415

        if self.settings.broker == "postgres":
            return PostgresBroker(self.database, leases, task=task)
        return RedisBroker(
            self.settings.redis_url,
            task=task,
            free=lambda: leases.free,
            offers=leases.offers,
            add=leases.queue.add,
        )


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


def session_opening(infra: Infra, sessions: OpensSessions) -> SessionOpening:
    """The last step of every sign-in."""
    return SessionOpening(
        sessions=sessions,
        guard=infra.guard,
        second_factor=None,
        tokens=_access_tokens(infra),
        refresh_life=timedelta(days=infra.settings.refresh_days),
        require_verified=infra.settings.require_verified,
        clock=infra.clock,
    )


def _sign_in(infra: Infra) -> SignInService:
    return SignInService(
        accounts=PgAccounts(infra.database),
        guard=infra.guard,
        hasher=infra.hasher,
        opening=session_opening(infra, PgLiveSessions(infra.database)),
    )


def store_directory(work: Work) -> StoreDirectory:
    """For the other modules, in their unit of work."""
    return PgStoreDirectory(work)


def store_directory_alone(infra: Infra) -> StoreDirectory:
    """For hot paths outside any unit of work; build it once and keep it."""
    return RecentStoreDirectory(infra.database)


def _tenancy(infra: Infra, work: Work) -> TenancyService:
    return TenancyService(
        stores=PgStores(work),
        members=PgMembers(work),
        users=_identity(infra, work),
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        defaults=StoreDefaults(
            currency=infra.settings.currency, low_stock_threshold=infra.settings.low_stock
        ),
        clock=infra.clock,
    )


def _memberships(infra: Infra) -> PgMemberships:
    return PgMemberships(infra.database)


def _directory(infra: Infra) -> DirectoryService:
    return DirectoryService(directory=PgDirectory(infra.database))


def _catalog(infra: Infra, work: Work) -> CatalogService:
    stores, outbox = store_directory(work), infra.outbox(work)
    return CatalogService(
        catalog=PgCatalog(work),
        imports=CatalogImports(
            catalog=PgImports(work),
            stores=stores,
            objects=infra.objects,
            jobs=infra.jobs(work),
            outbox=outbox,
            clock=infra.clock,
        ),
        stores=stores,
        outbox=outbox,
        clock=infra.clock,
    )


def _storefront(infra: Infra) -> Storefront:
    return Storefront(catalog=PgPublicCatalog(infra.database))


def _sales(infra: Infra, work: Work) -> SalesService:
    return SalesService(
        records=PgOrderRecords(work),
        reads=PgSalesReads(work),
        catalog=catalog_lookup(work),
        stores=store_directory(work),
        outbox=infra.outbox(work),
        jobs=infra.jobs(work),
        objects=infra.objects,
        clock=infra.clock,
    )


def _order_exports(infra: Infra) -> OrderExports:
    return OrderExports(pages=PgOrderPages(infra.database))


def _tracking(infra: Infra, work: Work) -> TrackingService:
    return TrackingService(
        visits=PgVisits(work),
        directory=store_directory(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _tracker(infra: Infra) -> Tracker:
    return Tracker(
        directory=store_directory_alone(infra),
        agents=UserAgents(),
        salts=PgSalts(infra.database),
        recorder=PgRecorder(infra.database, infra.routes, bell=infra.bell),
        clock=infra.clock,
    )


def _analytics(infra: Infra, work: Work) -> AnalyticsService:
    return AnalyticsService(
        store=PgAnalyticsStore(work.raw),
        directory=store_directory(work),
        catalog=catalog_lookup(work),
        customers=PgCustomerLookup(work),
        clock=infra.clock,
    )


WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "identity": _identity,
    "tenancy": _tenancy,
    "catalog": _catalog,
    "sales": _sales,
    "tracking": _tracking,
    "analytics": _analytics,
}
ALONE: dict[str, Callable[[Infra], object]] = {
    "sessions": _sessions,
    "sign_in": _sign_in,
    "memberships": _memberships,
    "directory": _directory,
    "storefront": _storefront,
    "order_exports": _order_exports,
    "tracker": _tracker,
}


@asynccontextmanager
async def open_infra(
    settings: Settings, *, slow: bool = False, connections: int = 10, modules: Sequence[Module] = MODULES
) -> AsyncIterator[Infra]:
    """Everything a process needs, closed at the end. `slow`: longer statement time-outs, for workers."""
    async with AsyncExitStack() as parts:
        database = Database(settings.database_url, pool_size=connections, slow=slow)
        parts.push_async_callback(database.close)
        hot = open_redis(settings.redis_url, seconds=settings.redis_seconds)
        patient = open_redis(settings.redis_url, seconds=PATIENT_SECONDS)
        parts.push_async_callback(hot.aclose, close_connection_pool=True)
        parts.push_async_callback(patient.aclose, close_connection_pool=True)
        bell = PgBell(database) if settings.broker == "postgres" else RedisBell(patient)
        parts.push_async_callback(bell.close)
        copies, fuse = RedisCopies(patient), Fuse(seconds=settings.redis_seconds)
        parts.push_async_callback(copies.close)
        infra = Infra(
            settings=settings,
            database=database,
            objects=FileStore(settings.home / "objects"),
            bell=bell,
            cache=RedisCache(hot, fuse),
            copies=copies,
            limiter=RedisLimiter(hot, fuse),
            vault=AesVault([settings.secret_key]),
            routes=routes_of(modules),
        )
        parts.callback(infra.hasher.close)
        yield infra

"""The only package that picks implementations: modules, infrastructure, services.

`WITH_WORK` builds a service for one unit of work; `ALONE` one that needs none (hot reads, tracking).
`ERRANDS`, by module, builds the one that its errands get (kernel/module.py).
The edge and the worker ask for services by name and never see a class.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from shoplytics.adapters.fetcher import SafeFetcher
from shoplytics.adapters.postgres.analytics import PgAnalyticsStore
from shoplytics.adapters.postgres.bell import PgBell
from shoplytics.adapters.postgres.catalog import (
    PgAttributes,
    PgCatalog,
    PgCategories,
    PgPopularity,
    PgPrices,
    PgProductPages,
    PgPublicCatalog,
    PgPublicCategories,
    PgPublicReviews,
    PgReportPages,
    PgReviews,
    catalog_lookup,
)
from shoplytics.adapters.postgres.catalog.gallery import PgGallery
from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.sales_lookup import PgCustomerLookup, PgPurchases
from shoplytics.adapters.postgres.tracking import PgRecorder, PgSalts, PgVisits
from shoplytics.adapters.postgres.work import Work
from shoplytics.adapters.redis.bell import RedisBell
from shoplytics.adapters.redis.cache import RedisCache
from shoplytics.adapters.redis.client import Fuse, open_redis
from shoplytics.adapters.redis.copies import RedisCopies
from shoplytics.adapters.redis.limiter import RedisLimiter
from shoplytics.adapters.useragent import UserAgents
from shoplytics.adapters.vault import AesVault
from shoplytics.bootstrap import accounts
from shoplytics.bootstrap.identity import (
    code_service,
    console_sessions,
    email_service,
    identity_service,
    password_service,
    sessions_service,
    sign_in_service,
)
from shoplytics.bootstrap.imports import catalog_imports, nightly_imports
from shoplytics.bootstrap.infra import Infra, routes_of, task_name
from shoplytics.bootstrap.oidc import oidc_links, oidc_service, open_providers
from shoplytics.bootstrap.payments import PAYMENTS_ALONE, PAYMENTS_WITH_WORK, paying
from shoplytics.bootstrap.sales import SALES_ALONE, SALES_WITH_WORK
from shoplytics.bootstrap.stock import low_stock_notices
from shoplytics.bootstrap.tenancy import (
    TENANCY_ALONE,
    TENANCY_WITH_WORK,
    api_keys,
    audit_log,
    store_directory,
    store_directory_alone,
    store_keys,
)
from shoplytics.bootstrap.variants import offer_service, option_service, variant_service
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.module import Module
from shoplytics.modules.analytics.module import analytics
from shoplytics.modules.analytics.service import AnalyticsService
from shoplytics.modules.catalog.module import catalog
from shoplytics.modules.catalog.service import (
    AttributeService,
    BulkPrices,
    CatalogService,
    CategoryDirectory,
    CategoryService,
    Gallery,
    Popularity,
    ProductExports,
    ReportFiles,
    ReviewReader,
    ReviewService,
    Storefront,
)
from shoplytics.modules.identity.module import identity
from shoplytics.modules.payments.module import payments
from shoplytics.modules.sales.module import sales
from shoplytics.modules.tenancy.module import tenancy
from shoplytics.modules.tracking.module import tracking
from shoplytics.modules.tracking.service import Tracker, TrackingService
from shoplytics.settings import Settings
from shoplytics.settings.plugins import object_store_of, payment_providers_of

__all__ = ["ALONE", "ERRANDS", "MODULES", "WITH_WORK", "Infra", "open_infra", "routes_of", "task_name"]

MODULES: tuple[Module, ...] = (
    identity,
    tenancy,
    catalog,
    sales,
    payments,
    tracking,
    analytics,
)


def key_scopes(modules: Sequence[Module]) -> dict[str, frozenset[StoreRole]]:
    """What API keys may hold, with the roles that hold it themselves."""
    return {
        permission.name: permission.roles
        for module in modules
        for permission in module.permissions
        if permission.keys
    }


PATIENT_SECONDS = 2.0  # for what no request waits for: the bell, the news of changes


def _gallery(infra: Infra, work: Work) -> Gallery:
    return Gallery(
        images=PgGallery(work, link=infra.pictures.url),
        pictures=infra.pictures,
        fetcher=infra.fetcher,
        jobs=infra.jobs(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _catalog(infra: Infra, work: Work) -> CatalogService:
    stores, outbox = store_directory(work), infra.outbox(work)
    return CatalogService(
        catalog=PgCatalog(work, link=infra.pictures.url),
        attributes=_attributes(infra, work),
        offers=offer_service(infra, work),
        low_stock=low_stock_notices(infra, work),
        imports=catalog_imports(infra, work),
        nightly=nightly_imports(infra, work),
        gallery=_gallery(infra, work),
        reviews=_reviews(infra, work),
        popularity=Popularity(kept=PgPopularity(work), clock=infra.clock),
        prices=BulkPrices(
            prices=PgPrices(work),
            stores=stores,
            audit=audit_log(work),
            outbox=outbox,
            clock=infra.clock,
        ),
        stores=stores,
        audit=audit_log(work),
        outbox=outbox,
        stale=infra.stale(work),
        clock=infra.clock,
    )


def _reviews(infra: Infra, work: Work) -> ReviewService:
    return ReviewService(
        reviews=PgReviews(work),
        purchases=PgPurchases(work),
        users=PgUserCards(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _product_exports(infra: Infra) -> ProductExports:
    return ProductExports(pages=PgProductPages(infra.database, link=infra.pictures.url))


def _attributes(infra: Infra, work: Work) -> AttributeService:
    return AttributeService(
        attributes=PgAttributes(work),
        categories=PgCategories(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _categories(infra: Infra, work: Work) -> CategoryService:
    return CategoryService(
        categories=PgCategories(work),
        catalog=PgCatalog(work, link=infra.pictures.url),
        stores=store_directory(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _storefront(infra: Infra) -> Storefront:
    return Storefront(catalog=PgPublicCatalog(infra.database, link=infra.pictures.url))


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
    "identity": identity_service,
    **accounts.WITH_WORK,
    "passwords": password_service,
    "emails": email_service,
    "codes": code_service,
    **TENANCY_WITH_WORK,
    "store_keys": lambda infra, work: store_keys(infra, work, key_scopes(MODULES)),
    "oidc_links": oidc_links,
    "catalog": _catalog,
    "variants": variant_service,
    "options": option_service,
    "categories": _categories,
    "gallery": _gallery,
    "reviews": _reviews,
    "attributes": _attributes,
    **SALES_WITH_WORK,
    **PAYMENTS_WITH_WORK,
    "tracking": _tracking,
    "analytics": _analytics,
}
ALONE: dict[str, Callable[[Infra], object]] = {
    "sessions": sessions_service,
    "sign_in": sign_in_service,
    **accounts.ALONE,
    **TENANCY_ALONE,
    "api_keys": lambda infra: api_keys(infra, key_scopes(MODULES)),
    "oidc": oidc_service,
    "console_sessions": console_sessions,
    "storefront": _storefront,
    "product_exports": _product_exports,
    "import_reports": lambda infra: ReportFiles(pages=PgReportPages(infra.database)),
    "category_directory": lambda infra: CategoryDirectory(categories=PgPublicCategories(infra.database)),
    **SALES_ALONE,
    "review_reader": lambda infra: ReviewReader(reviews=PgPublicReviews(infra.database)),
    **PAYMENTS_ALONE,
    "tracker": _tracker,
}

ERRANDS: dict[str, Callable[[Infra], object]] = {"payments": paying}


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
            objects=object_store_of(settings),
            bell=bell,
            cache=RedisCache(hot, fuse),
            copies=copies,
            limiter=RedisLimiter(hot, fuse),
            vault=AesVault([settings.secret_key]),
            fetcher=SafeFetcher(trusted=settings.fetch_allow, ports=settings.fetch_ports),
            payment_providers=payment_providers_of(settings),
            providers={} if slow else open_providers(settings, utc_now, parts),
            routes=routes_of(modules),
        )
        parts.callback(infra.hasher.close)
        yield infra

"""Operator routes over platform ports: health, metrics, docs, jobs and mails, mounted by the edge."""

from collections.abc import Callable, Mapping

from shoplytics.adapters.postgres.job_reader import JobReader
from shoplytics.adapters.postgres.jobs import PgJobState
from shoplytics.adapters.postgres.mails import PgMailbox
from shoplytics.adapters.postgres.revision import head
from shoplytics.adapters.postgres.tenancy import PgAuditLog
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole, platform, public, signed_in
from shoplytics.kernel.module import Module
from shoplytics.operations.docs import DocsController
from shoplytics.operations.health import HealthController, MetricsController, Readiness
from shoplytics.operations.jobs import JobController, JobsService
from shoplytics.operations.mailbox import MailboxController
from shoplytics.operations.media import MediaController, MediaService

ROOT = (HealthController, MetricsController, DocsController, MediaController)
"""Controllers outside /api/v1."""

OPERATIONS = Module(
    name="operations",
    routes=(JobController, MailboxController),
    permissions=(
        public("operations:health"),
        public("operations:metrics"),
        public("operations:docs"),
        public("operations:media"),
        signed_in("jobs:read"),
        signed_in("jobs:cancel"),
        platform("mailbox:read"),
    ),
)
VERSION = "select version_num from alembic_version"
PROBE_KEY = "public:readiness"


def _jobs(infra: Infra, work: Work) -> JobsService:
    return JobsService(
        reader=JobReader(work),
        stopper=PgJobState(work),
        audit=PgAuditLog(work),
        public_url=infra.settings.public_url,
    )


def _mailbox(infra: Infra, work: Work) -> PgMailbox:
    return PgMailbox(work, vault=infra.vault, audit=PgAuditLog(work))


def _media(infra: Infra) -> MediaService:
    return MediaService(objects=infra.objects)


def _readiness(infra: Infra) -> Readiness:
    newest = head()

    async def database() -> bool:
        pool = infra.database.pool(DbRole.PUBLIC)
        return bool(await pool.fetchval("select true"))

    async def migrations() -> bool:
        pool = infra.database.pool(DbRole.PUBLIC)
        return bool(await pool.fetchval(VERSION) == newest)

    async def redis() -> bool:
        await infra.cache.set(PROBE_KEY, b"1", seconds=60)
        return await infra.cache.get(PROBE_KEY) is not None

    return Readiness(database=database, migrations=migrations, redis=redis)


WITH_WORK: Mapping[str, Callable[[Infra, Work], object]] = {"jobs": _jobs, "mailbox": _mailbox}
ALONE: Mapping[str, Callable[[Infra], object]] = {"readiness": _readiness, "media": _media}

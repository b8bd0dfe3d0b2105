"""Servers that may be killed: durable ones of the test's own, with a migrated database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from tests.workers import probing

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.postgres.migrate import migrate
from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings

LOGIN = "shop_app"


@dataclass(frozen=True)
class Doomed:
    """Servers and the settings of a process that uses them."""

    servers: EmbeddedServers
    settings: Settings


@pytest.fixture(scope="session")
def doomed_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    servers = EmbeddedServers(tmp_path_factory.mktemp("doomed"), durable=True)
    with servers:
        asyncio.run(migrate(servers.postgres_url(), login=LOGIN))
        yield servers


@pytest.fixture
def doomed(doomed_servers: EmbeddedServers, tmp_path: Path) -> Doomed:
    return Doomed(
        doomed_servers,
        Settings(
            database_url=doomed_servers.postgres_url(user=LOGIN),
            redis_url=doomed_servers.redis_url,
            secret_key=b"test-key-" * 4,
            home=tmp_path,
        ),
    )


@pytest.fixture
async def probed(doomed: Doomed) -> AsyncIterator[Infra]:
    owner_url = doomed.servers.postgres_url()
    async with probing(doomed.settings, owner_url) as infra:
        yield infra
    owner = await asyncpg.connect(owner_url)
    await owner.execute("truncate platform_outbox, platform_job, platform_job_error, platform_schedule")
    await owner.close()

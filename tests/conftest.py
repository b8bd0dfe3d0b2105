"""Real servers for every test: one embedded PostgreSQL and Valkey a run, one migrated database a worker.

The pytest-xdist controller (or the only process) starts the servers in a temporary folder and hands the
addresses to its workers; each worker clones the migrated template once and each test truncates what it wrote.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.postgres.migrate import migrate
from shoplytics.api import Api
from shoplytics.bootstrap import Infra, open_infra
from shoplytics.settings import Settings
from tests.apps import client_of, hash_quickly, serving

HOME = "SHOPLYTICS_TEST_SERVERS"
TEMPLATE = "shoplytics_template"
LOGIN = "shop_app"
TABLES = """
    select array_agg(quote_ident(tablename)) from pg_tables
    where schemaname = 'public' and tablename <> 'alembic_version'
"""
_servers: list[EmbeddedServers] = []


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    home = Path(tempfile.mkdtemp(prefix="shoplytics-test-"))
    servers = EmbeddedServers(home, durable=False, max_connections=200)
    servers.start()
    _servers.append(servers)
    os.environ[HOME] = str(home)

    async def prepare() -> None:
        admin = await asyncpg.connect(servers.postgres_url())
        await admin.execute(f"create database {TEMPLATE}")
        await admin.close()
        await migrate(servers.postgres_url(database=TEMPLATE), login=LOGIN)

    asyncio.run(prepare())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first, lest one worker is at it when nothing is left for the others."""
    items.sort(key=_patience, reverse=True)


def _patience(item: pytest.Item) -> float:
    """Seconds of a time-out of its own."""
    own = item.get_closest_marker("timeout")
    return float(own.args[0]) if own else 0.0


def pytest_unconfigure(config: pytest.Config) -> None:
    while _servers:
        servers = _servers.pop()
        servers.stop()
        shutil.rmtree(servers.home, ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> EmbeddedServers:
    """Addresses of the run's servers; do not stop or kill these: fault tests start their own."""
    return EmbeddedServers(Path(os.environ[HOME]), durable=False)


@pytest.fixture(scope="session")
def database_name(servers: EmbeddedServers, worker_id: str) -> str:
    """This worker's clone of the migrated template."""
    name = f"shoplytics_{worker_id}"

    async def clone() -> None:
        admin = await asyncpg.connect(servers.postgres_url())
        await admin.execute(f"create database {name} template {TEMPLATE}")
        await admin.close()

    asyncio.run(clone())
    return name


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this worker's processes keep files; emptied after each test."""
    return tmp_path_factory.mktemp("home")


class Emptier:
    """Empties the worker's database over one connection, for a new one has every table to learn about again.

    Most tables are empty, and to truncate one costs more than to look. Replicas ask neither triggers nor
    keys.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self) -> None:
        self._owner = await asyncpg.connect(self._url)
        await self._owner.execute("set session_replication_role = replica")
        names = await self._owner.fetchval(TABLES)
        looks = [f"select '{name}' where exists (select from {name})" for name in names]
        self._filled = await self._owner.prepare(" union all ".join(looks))

    async def empty(self) -> None:
        filled = [name for (name,) in await self._filled.fetch()]
        if filled:
            await self._owner.execute("; ".join(f"delete from {name}" for name in filled))

    async def close(self) -> None:
        await self._owner.close()


@pytest.fixture(scope="session")
def emptied(servers: EmbeddedServers, database_name: str) -> Iterator[Callable[[], None]]:
    """Empties the worker's database."""
    emptier = Emptier(servers.postgres_url(database=database_name))
    with asyncio.Runner() as runner:
        runner.run(emptier.open())
        yield lambda: runner.run(emptier.empty())
        runner.run(emptier.close())


@pytest.fixture
def owner_url(servers: EmbeddedServers, database_name: str, emptied: Callable[[], None]) -> Iterator[str]:
    """The worker's database as its owner (sees every row); emptied after the test."""
    yield servers.postgres_url(database=database_name)
    emptied()


@pytest.fixture(scope="session")
def same_settings(servers: EmbeddedServers, database_name: str, home: Path) -> Settings:
    """Of every process on the worker's database, for those that outlive a test; others ask for `settings`."""
    number = sum(map(ord, database_name)) % 16
    return Settings(
        database_url=servers.postgres_url(user=LOGIN, database=database_name),
        owner_database_url=servers.postgres_url(database=database_name),
        redis_url=f"{servers.redis_url}?db={number}",
        secret_key=b"test-key-" * 4,
        home=home,
        import_folder=home / "incoming",
        rate_limits=False,
        redis_seconds=10.0,  # a busy machine must not look like a dead server
    )


@pytest.fixture
def settings(same_settings: Settings, owner_url: str, home: Path) -> Iterator[Settings]:
    """Settings of a process on the worker's database, rate limits off; equal for all tests of the worker."""
    yield same_settings
    shutil.rmtree(home)
    home.mkdir()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def infra(settings: Settings) -> AsyncIterator[Infra]:
    """The opened parts of one process, on the worker's database."""
    async with open_infra(settings) as opened:
        hash_quickly(opened)
        yield opened


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Api]:
    """The whole application, started; it opens its own connections (`app.parts.infra`)."""
    async with serving(settings, process=0) as application:
        yield application


@pytest.fixture
async def client(app: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to `app` in the same event loop; the peer's address is 127.0.0.1."""
    async with client_of(app) as opened:
        yield opened

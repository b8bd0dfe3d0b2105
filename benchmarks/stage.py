"""What every benchmark stands on: servers of its own in a temporary folder, the demo, and our processes."""

import asyncio
import logging
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
import httpx
import uvloop

from benchmarks import load
from benchmarks.load import Outcome, Source
from benchmarks.processes import Process, Server
from benchmarks.table import Row, show
from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.postgres.migrate import migrate
from shoplytics.operations.logs import configure_logs
from shoplytics.seed import DemoReport, load_demo
from shoplytics.settings import Settings, demo_password

DATABASE = "shoplytics"
LOGIN = "shop_app"
ROUNDS = 3
SECONDS = 2.0
COUNTED = 50
# What begins a unit of work is two statements, sent as one.
STATEMENT = re.compile(rb"duration: [\d.]+ ms +(execute|statement)|(?<=statement: )begin; select set_config")


@dataclass(kw_only=True)
class Stage:
    """One run of the benchmarks. Processes are started when first asked for and stopped at the end."""

    servers: EmbeddedServers
    settings: Settings
    demo: DemoReport
    started: list[Process] = field(default_factory=list)
    _api: Server | None = None
    _other: Server | None = None
    _worker: Process | None = None
    _floor: Server | None = None

    @property
    def home(self) -> Path:
        return self.servers.home

    @property
    def owner_url(self) -> str:
        return self.servers.postgres_url(database=DATABASE)

    @property
    def environ(self) -> dict[str, str]:
        """What `shoplytics serve` and `shoplytics worker` are given."""
        return {
            "SHOPLYTICS_HOME": str(self.settings.home),
            "SHOPLYTICS_DATABASE_URL": self.settings.database_url,
            "SHOPLYTICS_REDIS_URL": self.settings.redis_url,
            "SHOPLYTICS_SECRET_KEY": self.settings.secret_key.decode(),
            "SHOPLYTICS_RATE_LIMITS": "off",
        }

    async def api(self) -> Server:
        """Our API in one process; a killed one is started again."""
        if self._api is None or self._api.ended():
            self._api = await self._served("api.log")
        return self._api

    async def apis(self) -> tuple[Server, Server]:
        """Our API in two processes, for what is asked of both cores."""
        if self._other is None or self._other.ended():
            self._other = await self._served("other.log")
        return await self.api(), self._other

    async def _served(self, log: str) -> Server:
        api = Server("-m", "shoplytics", "serve", environ=self.environ, log=self.home / log)
        self.started.append(api)
        await asyncio.to_thread(api.wait, "/health/ready")
        return api

    def worker(self) -> Process:
        """Our worker."""
        if self._worker is None or self._worker.ended():
            self._worker = Process(
                "-m", "shoplytics", "worker", environ=self.environ, log=self.home / "worker.log"
            )
            self.started.append(self._worker)
        return self._worker

    async def floor(self) -> Server:
        """The bare application of benchmarks/floor.py, served as ours is."""
        if self._floor is None:
            self._floor = self.bare(self.settings.database_url)
            self.started.append(self._floor)
            await asyncio.to_thread(self._floor.wait, "/nothing")
        return self._floor

    def bare(self, database_url: str) -> Server:
        """That application on a database; whoever asks for it waits for it and stops it."""
        arguments = ("-m", "uvicorn", "benchmarks.floor:app", "--port", "{port}", "--no-access-log")
        environ = {"FLOOR_DATABASE_URL": database_url}
        return Server(*arguments, "--log-level", "warning", environ=environ, log=self.home / "floor.log")

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Signed in as the demo's owner."""
        api = await self.api()
        person = {"identifier": self.demo.owner_email, "password": demo_password(self.settings.home)}
        async with httpx.AsyncClient(base_url=f"{api.url}/api/v1", timeout=60) as client:
            answer = (await client.post("/auth/login", json=person)).raise_for_status()
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    async def statements(self, source: Source, port: int) -> float:
        """How many statements PostgreSQL runs for one request, as its own log counts them."""
        owner = await asyncpg.connect(self.owner_url)
        try:
            await owner.execute("alter system set log_min_duration_statement = 0")
            await owner.execute("select pg_reload_conf()")
            await _requests(port, source, 5)
            before = len(STATEMENT.findall((self.home / "postgres.log").read_bytes()))
            await _requests(port, source, COUNTED)
            after = len(STATEMENT.findall((self.home / "postgres.log").read_bytes()))
        finally:
            await owner.execute("alter system reset log_min_duration_statement")
            await owner.execute("select pg_reload_conf()")
            await owner.close()
        return (after - before) / COUNTED


async def _requests(port: int, source: Source, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        writer.write(source()[0])
        head = (await reader.readuntil(load.END)).lower()
        at = head.find(load.LENGTH)
        await reader.readexactly(int(head[at + len(load.LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
    writer.close()
    await writer.wait_closed()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of one server: the middle of its rounds, and everything together."""

    rate: float
    cpu_us: float | None
    outcome: Outcome


async def in_turns(
    *sides: tuple[Server, Source], connections: int, rounds: int = ROUNDS, seconds: float = SECONDS
) -> list[Measured]:
    """Load each side for a while, round after round, so that noise falls on all; a short warm-up first."""
    for server, source in sides:
        await load.run(server.port, source, connections=connections, seconds=0.5)
    outcomes: list[list[Outcome]] = [[] for _ in sides]
    cpu = [0.0 for _ in sides]
    for _ in range(rounds):
        for number, (server, source) in enumerate(sides):
            before = server.cpu_seconds() or 0.0
            outcomes[number].append(
                await load.run(server.port, source, connections=connections, seconds=seconds)
            )
            cpu[number] += (server.cpu_seconds() or 0.0) - before
    return [
        _measured(ran, spent if side.cpu_seconds() is not None else None)
        for ran, spent, (side, _) in zip(outcomes, cpu, sides, strict=True)
    ]


def _measured(ran: list[Outcome], cpu: float | None) -> Measured:
    together = sum(ran[1:], ran[0])
    count = sum(together.statuses.values())
    bad = {status: n for status, n in together.statuses.items() if not 200 <= status < 300}
    if bad or not count:
        msg = f"answers other than 2xx: {bad}, connections lost: {together.lost}"
        raise RuntimeError(msg)
    return Measured(
        rate=median(outcome.rate for outcome in ran),
        cpu_us=None if cpu is None else 1e6 * cpu / count,
        outcome=together,
    )


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Real servers, fsync on, the newest schema and the demo in it; nothing is left behind."""
    home = Path(tempfile.mkdtemp(prefix="shoplytics-bench-"))
    servers = EmbeddedServers(home, durable=True)
    servers.start()
    built: Stage | None = None
    try:
        built = await _build(servers)
        yield built
    finally:
        for process in [] if built is None else reversed(built.started):
            process.stop()
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _build(servers: EmbeddedServers) -> Stage:
    configure_logs(least=logging.WARNING)
    admin = await asyncpg.connect(servers.postgres_url())
    await admin.execute(f"create database {DATABASE}")
    await admin.close()
    owner_url = servers.postgres_url(database=DATABASE)
    await migrate(owner_url, login=LOGIN)
    settings = Settings(
        database_url=servers.postgres_url(LOGIN, DATABASE),
        owner_database_url=owner_url,
        redis_url=servers.redis_url,
        secret_key=secrets.token_hex(32).encode(),
        home=servers.home,
        rate_limits=False,
    )
    demo = await load_demo(settings)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("analyze")  # as autovacuum would, within a minute
    await owner.close()
    return Stage(servers=servers, settings=settings, demo=demo)


def _sentence(problem: Exception) -> str:
    """The last line is the one that tells, of a traceback as of a message."""
    lines = str(problem).strip().splitlines() or [""]
    return f"{type(problem).__name__}: {lines[-1][:120]}"


Benchmark = Callable[[Stage], Awaitable[list[Row]]]


def _name(benchmark: Benchmark) -> str:
    """Of its file, also for the module that was started as `__main__`."""
    spec = sys.modules[benchmark.__module__].__spec__
    return spec.name if spec else benchmark.__module__


def run(*benchmarks: Benchmark) -> None:
    """Run them on one stage and print one table; a benchmark that fails leaves a line that says so."""

    async def everything() -> list[Row]:
        rows: list[Row] = []
        async with stage() as built:
            for benchmark in benchmarks:
                started = perf_counter()
                try:
                    rows += await benchmark(built)
                except Exception as problem:
                    rows.append(Row(figure=_name(benchmark), ours=0, unit="failed", note=_sentence(problem)))
                print(f"{_name(benchmark)}: {perf_counter() - started:.1f} s", flush=True)
        return rows

    print(show(uvloop.run(everything())))

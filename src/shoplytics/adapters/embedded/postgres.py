"""One PostgreSQL cluster: made once, started, stopped, killed."""

import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from shoplytics.adapters.embedded import privilege
from shoplytics.adapters.embedded.errors import EmbeddedUnavailable
from shoplytics.adapters.embedded.process import (
    AS_WE_ARE,
    Child,
    RunAs,
    is_alive,
    names,
    read_pid,
    size,
    spawn,
    stop_child,
    stop_survivor,
    tail,
    wait_until,
)

PORT = 5432  # names the socket file only
_FAST = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
_READY_SECONDS = 120.0
_ORPHAN_SECONDS = 15.0
_STATUS_LINE = 7
_ORPHANS = "shared memory block"


@dataclass(kw_only=True)
class Postgres:
    """The data folder is `home/pg18`, the log `home/postgres.log`."""

    bin: Path
    home: Path
    sockets: Path
    durable: bool
    max_connections: int
    run_as: RunAs = AS_WE_ARE
    child: Child | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "pg18"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def prepare(self) -> None:
        """Stop what an earlier run left, choose a user, make the cluster. Call it under the home's lock."""
        stop_survivor(self._written_pid() or 0, marker=str(self.data), ladder=_FAST)
        self.run_as = privilege.choose(
            postgres=self.bin / "postgres", home=self.home, data=self.data, log=self.log
        )
        if not self.data.exists():
            self._make_cluster()
        privilege.give(self.data, self.run_as)
        privilege.give(self.sockets, self.run_as)

    def start(self) -> None:
        """Returns when it takes connections, crash recovery included."""
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while (said := self._try_to_start()) is not None:
            # Sessions of a killed postmaster need a moment to notice that it is gone.
            if _ORPHANS not in said or time.monotonic() > deadline:
                message = f"PostgreSQL did not start; {self.log} ends:\n{said}"
                raise EmbeddedUnavailable(message)
            time.sleep(0.05)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, committed work is on disk."""
        if self.child is not None:
            stop_child(self.child, _FAST)
            self.child = None

    def _try_to_start(self) -> str | None:
        """None when it is ready, else what it said."""
        self._forget_strangers()
        since = size(self.log)
        self.child = child = self._spawn([self.bin / "postgres", "-D", self.data, *self._flags()])
        if wait_until(self._is_ready, alive=lambda: child.poll() is None, seconds=_READY_SECONDS):
            return None
        self.stop()
        return tail(self.log, since)

    def _make_cluster(self) -> None:
        """Beside its place and then moved, so that a broken attempt is never taken for a cluster."""
        for left in self.home.glob("pg18.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="pg18.new-", dir=self.home))
        privilege.give(fresh, self.run_as)
        since = size(self.log)
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        options += ["--no-instructions"] if self.durable else ["--no-instructions", "--no-sync"]
        self.child = self._spawn([self.bin / "initdb", "-D", fresh, *options])
        code, self.child = self.child.wait(), None
        if code != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            message = f"initdb failed; {self.log} ends:\n{tail(self.log, since)}"
            raise EmbeddedUnavailable(message)
        fresh.rename(self.data)

    def _spawn(self, argv: list[str | Path]) -> Child:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        return spawn(
            argv,
            log=self.log,
            end_with_us=signal.SIGINT,
            run_as=self.run_as,
            env=env | {"LC_ALL": "C", "TZ": "UTC"},
        )

    def _flags(self) -> list[str]:
        on = "on" if self.durable else "off"
        settings = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": f'"{self.sockets}"',
            "unix_socket_permissions": "0700",
            "max_connections": self.max_connections,
            "shared_buffers": "512MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": on,
            "synchronous_commit": on,
            "full_page_writes": on,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return (
            self.child is not None
            and len(lines) > _STATUS_LINE
            and lines[0] == str(self.child.pid)
            and lines[_STATUS_LINE].strip() == "ready"
        )

    def _written_pid(self) -> int | None:
        return read_pid(self.data / "postmaster.pid")

    def _forget_strangers(self) -> None:
        """After a crash the pid may be anyone's by now, and PostgreSQL would refuse for any live process."""
        pid = self._written_pid()
        if pid is not None and is_alive(pid) and not names(pid, str(self.data)):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}.lock", f".s.PGSQL.{PORT}"):
            (self.sockets / name).unlink(missing_ok=True)

"""Both servers under one lock, as the supervisor and the tests see them."""

import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from shoplytics.adapters.embedded.binaries import postgres_bin, valkey_server
from shoplytics.adapters.embedded.errors import EmbeddedUnavailable
from shoplytics.adapters.embedded.places import (
    HomeLock,
    close_socket_folder,
    open_socket_folder,
    socket_folder,
)
from shoplytics.adapters.embedded.postgres import PORT, Postgres
from shoplytics.adapters.embedded.process import Child, kill_child
from shoplytics.adapters.embedded.valkey import Valkey

BOTH = frozenset({"postgres", "valkey"})


class EmbeddedServers:
    """PostgreSQL and Valkey in `home`. With `durable=False` speed comes before the data: for tests.

    `run` names those of the two that are wanted; with neither it is the lock of the home and nothing else.

    Raises EmbeddedUnavailable at once when a server is not installed. Any thread may call it, one at a time:
    the children are forked by a thread that lives as long as the process.
    """

    def __init__(
        self,
        home: Path,
        *,
        durable: bool = True,
        max_connections: int = 100,
        redis_binary: Path | None = None,
        run: Collection[str] = BOTH,
    ) -> None:
        self._run = run
        self.home = home.expanduser().resolve()
        self.sockets = socket_folder(self.home)
        self._lock = HomeLock(self.home)
        self._owner: int | None = None
        self._postgres = Postgres(
            bin=postgres_bin() if "postgres" in run else Path(),
            home=self.home,
            sockets=self.sockets,
            durable=durable,
            max_connections=max_connections,
        )
        self._valkey = Valkey(
            binary=valkey_server(redis_binary) if "valkey" in run else Path(),
            home=self.home,
            sockets=self.sockets,
            durable=durable,
        )

    def hold(self) -> None:
        """Take the home, so that it is ours before anything starts; `stop` gives it back.

        Raises AlreadyRunning when a live process holds it, EmbeddedUnavailable when it cannot be written.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._lock.take()
            self._owner = os.getpid()
        except OSError as problem:
            message = f"the embedded servers may not use {self.home}: {problem}"
            raise EmbeddedUnavailable(message) from problem

    def start(self) -> None:
        """Start both and wait until they answer, whatever an earlier run left behind.

        Raises AlreadyRunning when a live process holds the home, EmbeddedUnavailable when a server fails.
        """
        try:
            if self._owner != os.getpid():
                self.hold()
            self._start_both()
        except PermissionError as problem:
            message = f"the embedded servers may not use {self.home}: {problem}"
            raise EmbeddedUnavailable(message) from problem

    def stop(self) -> None:
        """Stop both cleanly and free the home; does nothing when not started, or in a fork of the starter."""
        if self._owner != os.getpid():
            return
        with ExitStack() as always:
            always.callback(self._lock.free)
            always.callback(close_socket_folder, self.sockets)
            always.callback(self._valkey.stop)
            self._postgres.stop()
        self._owner = None

    def __enter__(self) -> "EmbeddedServers":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def postgres_url(self, user: str = "postgres", database: str = "postgres") -> str:
        """Known before the start; put `postgresql+asyncpg` in front of it for SQLAlchemy."""
        return (
            f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={self.sockets}&port={PORT}"
        )

    @property
    def redis_url(self) -> str:
        """Known before the start."""
        return f"unix://{self._valkey.socket}"

    def poll(self) -> str | None:
        """The name of a server that has died by itself or by `kill_...`: postgres or valkey."""
        dead = (name for name, child in self._children() if child.poll() is not None)
        return next(dead, None)

    @property
    def pids(self) -> dict[str, int]:
        """Of the servers started, by name."""
        return {name: child.pid for name, child in self._children()}

    def kill_postgres(self) -> None:
        """SIGKILL, as a crash; for fault tests."""
        kill_child(self._postgres.child)

    def restart_postgres(self) -> None:
        """Start it again, after it died or a clean stop."""
        self._postgres.stop()
        self._postgres.start()

    def kill_valkey(self) -> None:
        """SIGKILL, as a crash; for fault tests."""
        kill_child(self._valkey.child)

    def restart_valkey(self) -> None:
        """Start it again, after it died or a clean stop."""
        self._valkey.stop()
        self._valkey.start()

    def _children(self) -> list[tuple[str, Child]]:
        both = (("postgres", self._postgres.child), ("valkey", self._valkey.child))
        return [(name, child) for name, child in both if child is not None]

    def _start_both(self) -> None:
        try:
            open_socket_folder(self.sockets, owners=self._owners())
            if "valkey" in self._run:
                self._valkey.prepare()
            if "postgres" in self._run:
                self._postgres.prepare()
            if "valkey" in self._run:
                self._valkey.start()
            if "postgres" in self._run:
                self._postgres.start()
        except BaseException:
            self.stop()
            raise

    def _owners(self) -> set[int]:
        """Root may have given the folders to the user PostgreSQL ran as."""
        data = self.home / "pg18"
        return {os.geteuid(), data.stat().st_uid} if data.exists() else {os.geteuid()}

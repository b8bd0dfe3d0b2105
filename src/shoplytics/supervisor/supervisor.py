"""Starts everything in the right order, keeps it running, stops it in the opposite one."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

import asyncpg

from shoplytics.adapters.embedded import EmbeddedServers, EmbeddedUnavailable
from shoplytics.adapters.postgres.revision import head
from shoplytics.settings import Settings
from shoplytics.supervisor import record
from shoplytics.supervisor.child import Child, Pause
from shoplytics.supervisor.environment import environment_of
from shoplytics.supervisor.output import Output
from shoplytics.supervisor.probe import is_ready
from shoplytics.supervisor.servers import revision, servers_of
from shoplytics.supervisor.words import addresses

_LOOK_SECONDS = 0.2
_BACKLOG = 2048
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """Something expected is in the way; one sentence."""


def up(settings: Settings) -> int:
    """Blocks until Ctrl-C or SIGTERM. Raises CannotStart, AlreadyRunning and EmbeddedUnavailable."""
    servers = servers_of(settings)
    servers.hold()
    try:
        record.stop_survivors(servers.home)
        with _listen(settings.host, settings.port) as listener:
            return asyncio.run(_Supervisor(settings, servers, listener).run())
    finally:
        servers.stop()


def _listen(host: str, port: int) -> socket.socket:
    """Bound before anything starts, and kept while the API is started again: visitors wait meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        message = f"cannot listen on {host}, port {port}: {problem.strerror}; PORT=... chooses another"
        raise CannotStart(message) from problem
    return listener


class _Supervisor:
    def __init__(self, settings: Settings, servers: EmbeddedServers, listener: socket.socket) -> None:
        self._settings = settings
        self._servers = servers
        self._listener = listener
        self._output = Output()
        env = environment_of(settings)
        fd = listener.fileno()

        def child(name: str, *args: str, fds: tuple[int, ...] = ()) -> Child:
            marked = (*args, "--under", str(servers.home))
            return Child(name=name, args=marked, env=env, output=self._output, fds=fds, on_start=self._record)

        self._api = child("api", "serve", "--fd", str(fd), fds=(fd,))
        self._worker = child("worker", "worker")
        self._scheduler = child("scheduler", "scheduler")
        self._first_start = Child(
            name="first start", args=("first-start",), env=env, output=self._output, plain=True
        )
        self._env = env

    @property
    def _children(self) -> tuple[Child, ...]:
        return self._api, self._worker, self._scheduler, self._first_start

    async def run(self) -> int:
        """0 when it was asked to stop."""
        asked = asyncio.Event()
        for each in _STOPPING:
            asyncio.get_running_loop().add_signal_handler(each, self._asked, asked)
        work, stop = asyncio.create_task(self._work()), asyncio.create_task(asked.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            return 0
        finally:
            work.cancel()
            stop.cancel()
            await self._stop(work)

    def _asked(self, asked: asyncio.Event) -> None:
        if asked.is_set():  # a second time: no more patience
            for child in self._children:
                child.kill()
        else:
            self._output.note("stopping")
        asked.set()

    async def _work(self) -> None:
        gate_out, gate_in = os.pipe()
        try:
            await self._api.start("--gate", str(gate_out), fds=(gate_out,))
            await self._start_servers()
            await self._bring_schema()
            os.write(gate_in, b"1")
        finally:
            os.close(gate_out)
            os.close(gate_in)
        await self._until_ready()
        self._output.note(addresses(self._settings))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._api.keep())
            tasks.create_task(self._keep_servers())
            for child in (self._worker, self._scheduler):
                await child.start()
                tasks.create_task(child.keep())
            await self._first_start.start()
            await self._first_start.ended()

    async def _start_servers(self) -> None:
        try:
            await asyncio.to_thread(self._servers.start)
        except EmbeddedUnavailable as problem:
            raise CannotStart(str(problem)) from problem

    async def _bring_schema(self) -> None:
        """Alembic, and SQLAlchemy with it, is only loaded (by a child) when there is something to do."""
        try:
            found = await revision(self._settings)
        except (OSError, TimeoutError, asyncpg.PostgresError) as problem:
            message = f"PostgreSQL refuses or does not answer: {problem}"
            raise CannotStart(message) from problem
        if found == head():
            return
        migrate = Child(name="migrate", args=("migrate",), env=self._env, output=self._output, plain=True)
        await migrate.start()
        if await migrate.ended() != 0:
            message = "the migration failed"
            raise CannotStart(message)

    async def _until_ready(self) -> None:
        ended = asyncio.create_task(self._api.ended())
        try:
            while True:
                probe = asyncio.create_task(is_ready(self._settings.host, self._settings.port))
                await asyncio.wait({probe, ended}, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    message = "the API did not start"
                    raise CannotStart(message)
                if await probe:
                    return
                await asyncio.sleep(_LOOK_SECONDS / 4)
        finally:
            ended.cancel()

    async def _keep_servers(self) -> None:
        starts = {
            "postgres": self._servers.restart_postgres,
            "valkey": self._servers.restart_valkey,
        }
        pauses = {name: Pause() for name in starts}
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            name = self._servers.poll()
            if name is None:
                continue
            self._output.note(f"{name} has died; starting it again")
            pauses[name].started()
            try:
                await asyncio.to_thread(starts[name])
            except EmbeddedUnavailable as problem:
                self._output.note(str(problem))
                await asyncio.sleep(pauses[name].after_death())

    async def _stop(self, work: asyncio.Task[None]) -> None:
        self._listener.close()
        with suppress(asyncio.CancelledError, Exception):
            await work
        await asyncio.gather(*(child.stop() for child in self._children))
        record.forget(self._servers.home)
        self._output.close()

    def _record(self) -> None:
        pids = {child.name: child.pid for child in self._children if child.pid is not None}
        record.write(self._servers.home, port=self._settings.port, pids=pids)

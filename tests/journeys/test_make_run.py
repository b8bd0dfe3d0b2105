"""`make run` as its user sees it: a real `shoplytics up` on a home folder with a space in its name."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


class Up:
    """One `shoplytics up`; it is stopped at the end whatever happens."""

    def __init__(self, home: Path, port: int, **variables: str) -> None:
        self.home, self.port = home, port
        self.log = home.with_suffix(".log")
        own = {"SHOPLYTICS_HOME": str(home), "PORT": str(port), "SHOPLYTICS_DEMO": "0"}
        bare = {name: value for name, value in os.environ.items() if not name.startswith("SHOPLYTICS_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shoplytics", "up"],
                env=bare | own | variables,
                stdout=log,
                stderr=log,
            )

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/health/ready") == 200

    def until_all_run(self) -> None:
        until(self.is_ready, "it is ready")
        until(lambda: {"api", "worker", "scheduler"} <= set(self.children), "all processes run")

    @property
    def record(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "run.json").read_text()))

    @property
    def children(self) -> dict[str, int]:
        return dict(self.record["children"])

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.ended()


@contextmanager
def up(home: Path, port: int, **variables: str) -> Iterator[Up]:
    running = Up(home, port, **variables)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop(signal.SIGTERM)


def processes_of(home: Path) -> list[str]:
    """Command lines of live processes that name this home folder; a fresh machine may have no ps."""
    lines: list[str] = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    if not lines:
        ps = ["ps", "-ww", "-A", "-o", "args="]
        lines = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if str(home) in line]


def postmaster(home: Path) -> int | None:
    """None while one ends and another has not begun."""
    try:
        return int((home / "pg18" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a home"


class TestMakeRun:
    @pytest.mark.timeout(400)
    def test_serves_survives_and_stops(self, home: Path) -> None:
        """One journey, because every start costs seconds."""
        port = free_port()
        with up(home, port) as first:
            first.until_all_run()
            assert first.get("/docs") == 200
            assert "There is no platform admin yet" in self._said(first, "setup")
            self._refuses_a_second(first)
            self._starts_a_killed_worker_again(first)
            self._starts_a_killed_postgres_again(first)
            first.process.kill()
            first.ended()
            until(lambda: processes_of(home) == [], "every child has followed its supervisor")
        with up(home, port) as again:
            again.until_all_run()
            assert again.stop(signal.SIGTERM) == 0
        assert processes_of(home) == []
        assert not (home / "run.json").exists()

    def _said(self, running: Up, words: str) -> str:
        until(lambda: words in running.log.read_text(), f"{words!r} is printed")
        return running.log.read_text()

    def _refuses_a_second(self, running: Up) -> None:
        with up(running.home, free_port()) as second:
            assert second.ended() == 1
        assert f"already running: pid {running.process.pid}\n" in running.log.read_text()
        elsewhere = running.home.with_name("another home")
        with up(elsewhere, running.port) as second:
            assert second.ended() == 1
        assert f"port {running.port}" in second.log.read_text()
        assert not (elsewhere / "pg18").exists()
        assert running.is_ready()

    def _starts_a_killed_worker_again(self, running: Up) -> None:
        old = running.children["worker"]
        os.kill(old, signal.SIGKILL)
        until(lambda: running.children.get("worker", old) != old, "there is another worker")

    def _starts_a_killed_postgres_again(self, running: Up) -> None:
        api, old = running.children["api"], postmaster(running.home)
        assert old is not None
        os.kill(old, signal.SIGKILL)
        until(
            lambda: gone(old) and postmaster(running.home) not in {old, None}, "there is another postmaster"
        )
        until(running.is_ready, "it is ready again")
        assert running.children["api"] == api

    def test_stops_at_once_when_told_while_it_starts(self, home: Path) -> None:
        with up(home, free_port()) as running:
            until((home / "run.json").exists, "the first child is started")
            assert running.stop(signal.SIGINT) == 0
        assert processes_of(home) == []

    def test_names_every_wrong_setting(self, home: Path) -> None:
        wrong = {"SHOPLYTICS_CURRENCY": "doubloons", "SHOPLYTICS_BROKR": "redis"}
        with up(home, 0, **wrong) as running:
            assert running.ended() == 2
        said = running.log.read_text()
        assert [name for name in ("PORT", *wrong) if f"  {name}: " not in said] == []
        assert "Traceback" not in said
        assert not home.exists()

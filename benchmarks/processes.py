"""Server processes under measurement: started as a user starts them, metered from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60
STOP_SECONDS = 20


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child in a session of its own; its output goes to `log`."""

    def __init__(self, *arguments: str, environ: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def cpu_seconds(self) -> float | None:
        """User and system time of the whole process so far; None where /proc is not there."""
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return None
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self) -> float | None:
        """Resident; None where /proc is not there."""
        try:
            text = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        sizes = (line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:"))
        return next((int(kilobytes) / 1024 for kilobytes in sizes), None)

    def ended(self) -> bool:
        return self._child.poll() is not None

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self._child.kill()
        self._child.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self.ended():
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


class Server(Process):
    """A process that answers on a port of its own."""

    def __init__(self, *arguments: str, environ: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        arguments = tuple(a.format(port=self.port) for a in arguments)
        super().__init__(*arguments, environ={**environ, "PORT": str(self.port)}, log=log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, path: str) -> None:
        """Until `path` answers 200. Raises RuntimeError with the end of the log when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self.ended():
            try:
                if httpx.get(self.url + path, timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        end = self.log.read_text(errors="replace")[-2000:]
        msg = f"{self.url}{path} did not answer; {self.log} ends:\n{end}"
        raise RuntimeError(msg)

"""One Valkey (or Redis 6.2 and later) server on a unix socket."""

import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from shoplytics.adapters.embedded.errors import EmbeddedUnavailable
from shoplytics.adapters.embedded.process import (
    Child,
    read_pid,
    size,
    spawn,
    stop_child,
    stop_survivor,
    tail,
    wait_until,
)

_STOP = ((signal.SIGTERM, 20.0),)
_READY_SECONDS = 60.0


@dataclass(kw_only=True)
class Valkey:
    """The data folder is `home/valkey`, the log `home/valkey.log`."""

    binary: Path
    home: Path
    sockets: Path
    durable: bool
    child: Child | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "valkey"

    @property
    def log(self) -> Path:
        return self.home / "valkey.log"

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def prepare(self) -> None:
        """Stop what an earlier run left. Call it under the home's lock."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        stop_survivor(read_pid(self.data / "valkey.pid") or 0, marker=str(self.data), ladder=_STOP)

    def start(self) -> None:
        """Returns when it answers, the append-only file loaded."""
        self.socket.unlink(missing_ok=True)
        since = size(self.log)
        argv: list[str | Path] = [self.binary, *self._flags()]
        self.child = child = spawn(argv, log=self.log, end_with_us=signal.SIGTERM)
        if not wait_until(self._answers, alive=lambda: child.poll() is None, seconds=_READY_SECONDS):
            self.stop()
            message = f"Valkey did not start; {self.log} ends:\n{tail(self.log, since)}"
            raise EmbeddedUnavailable(message)

    def stop(self) -> None:
        """Writes the rest of the append-only file and ends."""
        if self.child is not None:
            stop_child(self.child, _STOP)
            self.child = None

    def _flags(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "valkey.pid"),
            "daemonize": "no",
            "set-proc-title": "no",  # a survivor is known by its arguments
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False

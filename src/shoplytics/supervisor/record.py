"""`home/run.json`: what runs, for whoever looks, and for the next start where the kernel ends no orphans."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shoplytics.adapters.embedded.process import stop_survivor

_NAME = "run.json"
_STOP = ((signal.SIGTERM, 5.0),)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Pids by name; `pid` is the supervisor's own."""

    pid: int
    port: int
    children: dict[str, int]


def write(home: Path, *, port: int, pids: Mapping[str, int]) -> None:
    record = Record(pid=os.getpid(), port=port, children=dict(pids))
    fresh = home / f".{_NAME}"
    fresh.write_bytes(msgspec.json.encode(record) + b"\n")
    fresh.replace(home / _NAME)


def forget(home: Path) -> None:
    (home / _NAME).unlink(missing_ok=True)


def stop_survivors(home: Path) -> None:
    """Stop children of an earlier run that did not end with it; call it under the home's lock.

    A pid is only trusted when the process names this home among its arguments.
    """
    try:
        record = msgspec.json.decode((home / _NAME).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return
    for pid in record.children.values():
        stop_survivor(pid, marker=str(home), ladder=_STOP)
    forget(home)

"""`home/run.json`: what runs, for whoever looks, and for the next start where the kernel ends no orphans."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from shoplytics.adapters.embedded.process import stop_survivor

_NAME = "run.json"
_STOP = ((signal.SIGTERM, 5.0),)


def write(home: Path, *, port: int, pids: Mapping[str, int]) -> None:
    text = json.dumps({"pid": os.getpid(), "port": port, "children": dict(pids)})
    fresh = home / f".{_NAME}"
    fresh.write_text(text + "\n")
    fresh.replace(home / _NAME)


def forget(home: Path) -> None:
    (home / _NAME).unlink(missing_ok=True)


def stop_survivors(home: Path) -> None:
    """Stop children of an earlier run that did not end with it; call it under the home's lock.

    A pid is only trusted when the process names this home among its arguments.
    """
    try:
        children = json.loads((home / _NAME).read_text())["children"]
        pids = [int(pid) for pid in children.values()]
    except (OSError, ValueError, KeyError, AttributeError):
        return
    for pid in pids:
        stop_survivor(pid, marker=str(home), ladder=_STOP)
    forget(home)

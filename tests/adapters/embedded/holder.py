"""A process that holds a home until it is killed. Usage: holder.py HOME [as-on-macos] [no-namespaces] [fork].

Prints the addresses and pids as JSON once both servers answer.
"""

import ctypes
import json
import os
import platform
import struct
import subprocess  # noqa: F401 - before the platform is disguised
import sys
import time
from pathlib import Path


def forbid_user_namespaces() -> None:
    """As containers do by seccomp: unshare answers EPERM."""
    unshare = {"x86_64": 272, "aarch64": 97}[platform.machine()]
    rules = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def main(home: str, *how: str) -> None:
    if "no-namespaces" in how:
        forbid_user_namespaces()
    if "as-on-macos" in how:
        sys.platform = "darwin"  # no PDEATHSIG, no /proc, no namespaces

    from shoplytics.adapters.embedded import EmbeddedServers  # noqa: PLC0415 - after the disguise

    servers = EmbeddedServers(Path(home))
    servers.start()
    sleeper = os.fork() if "fork" in how else 0
    if "fork" in how and sleeper == 0:
        servers.stop()  # must do nothing here
        time.sleep(600)
    answer = {"postgres_url": servers.postgres_url(), "redis_url": servers.redis_url, "sleeper": sleeper}
    print(json.dumps(answer | {"pids": servers.pids}), flush=True)  # noqa: T201
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])

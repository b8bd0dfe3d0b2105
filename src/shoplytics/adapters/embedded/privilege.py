"""As whom PostgreSQL runs: it refuses root, and we may be root (a container, a fresh machine)."""

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from shoplytics.adapters.embedded.errors import EmbeddedUnavailable
from shoplytics.adapters.embedded.process import AS_WE_ARE, LINUX, RunAs, spawn

_EVERYONE_MAY_PASS = 0o011


def choose(*, postgres: Path, home: Path, data: Path, log: Path) -> RunAs:
    """As we are, or for root the first way that works: a user namespace, then another user.

    In the namespace the server is uid 1 to itself and root to everyone else, so files stay root's and private
    parents stay readable. Another user needs parents that everyone may pass.
    """
    if os.geteuid() != 0:
        return AS_WE_ARE
    for way in _ways(home, data):
        if way.uid is not None:
            home.chmod(home.stat().st_mode | _EVERYONE_MAY_PASS)
        if _works(way, postgres, reach=home / "lock", log=log):
            return way
    message = (
        "PostgreSQL refuses to run as root, user namespaces are not allowed here and no other user may read "
        f"both {home} and {postgres.parent}: start as an ordinary user, or move them below public folders"
    )
    raise EmbeddedUnavailable(message)


def give(folder: Path, run_as: RunAs) -> None:
    """Make `run_as` the owner of a folder and all in it, when that is another than now."""
    if os.geteuid() != 0:
        return
    uid = 0 if run_as.uid is None else run_as.uid
    gid = -1 if run_as.gid is None else run_as.gid
    if folder.stat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, uid, gid, follow_symlinks=False)
    os.chown(folder, uid, gid)  # last, so that a broken attempt is taken up again


def _ways(home: Path, data: Path) -> Iterator[RunAs]:
    users = _ordinary_users()
    if LINUX and users:
        yield RunAs(namespace_uid=users[0].pw_uid)
    owners = [place.stat().st_uid for place in (data, home, home.parent) if place.exists()]
    known = {user.pw_uid: user for user in (*users, *pwd.getpwall())}
    for uid in dict.fromkeys((*owners, *(user.pw_uid for user in users))):
        if uid != 0 and uid in known:
            yield RunAs(uid=uid, gid=known[uid].pw_gid)


def _ordinary_users() -> list[pwd.struct_passwd]:
    """initdb looks its user up, so only a uid that has a name will do."""
    everyone = [user for user in pwd.getpwall() if user.pw_uid != 0]
    usual = [user for name in ("daemon", "nobody") for user in everyone if user.pw_name == name]
    return usual or everyone[:1]


def _works(way: RunAs, postgres: Path, *, reach: Path, log: Path) -> bool:
    try:
        child = spawn(
            [postgres, "--version"],
            log=log,
            end_with_us=signal.SIGKILL,
            run_as=way,
            must_reach=reach,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return child.wait() == 0

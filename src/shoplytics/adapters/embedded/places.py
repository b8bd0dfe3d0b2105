"""The lock of a home folder, and the private folder of its sockets."""

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from shoplytics.adapters.embedded.errors import AlreadyRunning, EmbeddedUnavailable

_held: set[int] = set()
_SOCKET_PATH_LIMIT = 60  # of the temporary folder, in bytes; macOS allows a socket 103 in all
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+-]+")


def _let_go_in_fork() -> None:
    """A forked child must not keep the lock of a parent that has died."""
    for fd in _held:
        os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_fork)


class HomeLock:
    """An flock on `home/lock`, which holds our pid; the kernel frees it however we end."""

    def __init__(self, home: Path) -> None:
        self._path = home / "lock"
        self._fd: int | None = None

    def take(self) -> None:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            written = os.pread(fd, 32, 0).strip()
            os.close(fd)
            raise AlreadyRunning(int(written) if written.isdigit() else 0) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d\n" % os.getpid(), 0)
        self._fd = fd
        _held.add(fd)

    def free(self) -> None:
        if self._fd is not None:
            _held.discard(self._fd)
            os.close(self._fd)
            self._fd = None


def socket_folder(home: Path) -> Path:
    """Outside the home, whose path may be longer than a socket's may be, and the same for every process."""
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) > _SOCKET_PATH_LIMIT or not _PLAIN_PATH.fullmatch(temporary):
        temporary = "/tmp"  # noqa: S108 - the folder below is private and its owner is checked
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(temporary) / f"shoplytics-{os.geteuid()}-{digest}"


def open_socket_folder(folder: Path, *, owners: set[int]) -> None:
    """Make it, or refuse one that somebody else could have laid there."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            message = f"{folder} belongs to somebody else: remove it"
            raise EmbeddedUnavailable(message) from None
    folder.chmod(0o700)


def close_socket_folder(folder: Path) -> None:
    """Remove it when the servers have taken their sockets away."""
    try:
        folder.rmdir()
    except OSError:
        return

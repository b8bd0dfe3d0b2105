"""A folder on this machine, with one below it for each store, named by the store's id."""

import asyncio
import fnmatch
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from shoplytics.kernel.errors import NotFound
from shoplytics.ports.import_folder import FoundFile

CHUNK = 256 * 1024
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # not blocking: a pipe must not hold us
UNFIT = {"", ".", ".."}


class LocalImportFolder:
    """See ports/import_folder.py. Each step down is opened by itself, so a link put there meanwhile fails."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def newest(self, *, store_id: UUID, pattern: str) -> FoundFile | None:
        return await asyncio.to_thread(_newest, self._root, store_id, pattern)

    async def read(self, *, store_id: UUID, name: str) -> AsyncIterator[bytes]:
        number = await asyncio.to_thread(_open, self._root, store_id, name)
        with os.fdopen(number, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk


@contextmanager
def _folder(root: Path, store_id: UUID, parts: list[str]) -> Iterator[int]:
    """The folder's descriptor. Raises OSError where there is none, or a link is on the way."""
    number = os.open(root, FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in (str(store_id), *parts):
            if part in UNFIT or "/" in part or "\0" in part:
                raise FileNotFoundError(part)
            below = os.open(part, FOLDER, dir_fd=number)
            os.close(number)
            number = below
        yield number
    finally:
        os.close(number)


def _newest(root: Path, store_id: UUID, pattern: str) -> FoundFile | None:
    *parts, last = pattern.split("/")
    found: list[tuple[int, str, int]] = []
    try:
        with _folder(root, store_id, parts) as folder, os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not fnmatch.fnmatchcase(entry.name, last):
                    continue
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode):
                    found.append((facts.st_mtime_ns, entry.name, facts.st_size))
    except OSError:
        return None
    if not found:
        return None
    modified, name, size = max(found)
    when = datetime.fromtimestamp(modified / 1e9, UTC)
    return FoundFile(name="/".join([*parts, name]), size=size, modified=when)


def _open(root: Path, store_id: UUID, name: str) -> int:
    *parts, last = name.split("/")
    try:
        with _folder(root, store_id, parts) as folder:
            number = os.open(last, FILE, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise NotFound
    except (OSError, ValueError):
        raise NotFound from None
    return number

"""Objects as files in one folder: the built-in object store."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import ClassVar
from uuid import uuid4

import msgspec

from shoplytics.kernel.errors import NotFound, Unavailable
from shoplytics.ports.object_store import checked_key

CHUNK = 256 * 1024
BATCH = 500


class FilesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`folder` is the home folder's unless it is given."""

    folder: str


class FileStore:
    """See ports/object_store.py. A write goes to a temporary name first, so no reader sees half a file."""

    name = "files"
    Config: ClassVar[type[FilesConfig]] = FilesConfig

    def __init__(self, config: FilesConfig) -> None:
        self._root = Path(config.folder)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*PurePosixPath(checked_key(key)).parts)

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        path = self._path(key)
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        size = 0
        try:
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            with part.open("wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
                    size += len(chunk)
            await asyncio.to_thread(part.replace, path)
        except OSError as error:
            msg = "The file could not be stored."
            raise Unavailable(msg) from error
        finally:
            part.unlink(missing_ok=True)
        return size

    async def read(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise NotFound from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def keys(self, prefix: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        found = _older(self._path(prefix), before.timestamp())
        while paths := await asyncio.to_thread(lambda: list(islice(found, BATCH))):
            yield [path.relative_to(self._root).as_posix() for path in paths]

    async def forget(self, prefix: str, *, before: datetime) -> int:
        return await asyncio.to_thread(_forget, self._path(prefix), before.timestamp())

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)


def _older(folder: Path, before: float) -> Iterator[Path]:
    for path in folder.rglob("*"):
        try:
            if path.is_file() and path.stat().st_mtime < before:
                yield path
        except FileNotFoundError:  # taken by whoever it was for
            continue


def _forget(folder: Path, before: float) -> int:
    gone = 0
    for path in _older(folder, before):
        path.unlink(missing_ok=True)
        gone += 1
    return gone

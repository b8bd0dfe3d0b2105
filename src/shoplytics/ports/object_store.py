"""Plugins that keep files: uploads waiting for a job, images. Entry-point group `shoplytics.object_stores`.

An entry point names a class that is made with one value, its `Config`: a Struct whose field `x` is the
variable `SHOPLYTICS_<NAME>_X`, by the plugin's name, and whose `__post_init__` may refuse with a ValueError.
It is a SweptStore, and Linked where it can be.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from shoplytics.kernel.errors import Invalid


def checked_key(key: str) -> str:
    """For every store: what it is given, if it is a key. Raises Invalid."""
    parts = PurePosixPath(key).parts
    if not parts or any(part in {"/", "..", "."} or "\x00" in part for part in parts):
        msg = "An object key is a relative path without dots."
        raise Invalid(msg, code="invalid_key")
    return key


class ObjectStore(Protocol):
    """Keys are slash-separated relative paths. Raises Unavailable when the store cannot be reached."""

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        """Write the whole stream, visible only when complete; its size in bytes. Replaces an older one."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The object in chunks. Raises NotFound."""
        ...

    async def delete(self, key: str) -> None:
        """Remove it; a missing object is no error."""
        ...


class SweptStore(ObjectStore, Protocol):
    """What the platform needs besides, to clear away what nobody came for."""

    def keys(self, prefix: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        """Those under `prefix` that were written before that moment, some hundreds at a time."""
        ...

    async def forget(self, prefix: str, *, before: datetime) -> int:
        """Remove the objects under `prefix` that were written before that moment; how many those were."""
        ...


@runtime_checkable
class Linked(Protocol):
    """A store from which browsers may read by themselves."""

    async def link(self, key: str) -> str | None:
        """An address of the object that holds for an hour at least; None where we have to hand it on."""
        ...

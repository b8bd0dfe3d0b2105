"""Where files lie: uploads waiting for a job, images, exports."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol


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

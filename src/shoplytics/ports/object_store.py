"""Where files lie: uploads waiting for a job, images, exports."""

from collections.abc import AsyncIterator
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

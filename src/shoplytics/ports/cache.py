"""A cache that may forget everything at any time. Keys always start with the store or `public`."""

from typing import Protocol


class Cache(Protocol):
    """With the server down, `get` answers None and the others do nothing."""

    async def get(self, key: str) -> bytes | None: ...
    async def set(self, key: str, value: bytes, *, seconds: int) -> None: ...
    async def delete(self, *keys: str) -> None: ...

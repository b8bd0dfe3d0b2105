"""Caches that may forget everything at any time. Keys and tags start with the store or `public`."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol, TypeVar

T = TypeVar("T")


class Cache(Protocol):
    """Shared by all processes. With the server down, `get` answers None and the others do nothing."""

    async def get(self, key: str) -> bytes | None: ...
    async def set(self, key: str, value: bytes, *, seconds: int) -> None: ...
    async def delete(self, *keys: str) -> None: ...


class Copies(Protocol):
    """In the memory of each process. With the server down nothing is kept, and every `get` loads."""

    async def get(
        self,
        key: str,
        *,
        tags: Collection[str],
        seconds: float,
        weight: Callable[[T], int],
        load: Callable[[], Awaitable[T]],
    ) -> T:
        """The copy, at most `seconds` old, or what `load` answers, which takes `weight` bytes to keep."""
        ...

    def drop(self, *tags: str) -> None:
        """After the commit of a change: at once in this process, within a second in all others."""
        ...


class StaleCopies(Protocol):
    """Copies as a unit of work sees them."""

    def drop(self, *tags: str) -> None:
        """Once the unit of work is committed, and never when it is rolled back."""
        ...

"""What a provider publishes, kept for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shoplytics.ports.sign_in import ProviderUnavailable

T = TypeVar("T")

LIFE_SECONDS = 3600.0
RENEWAL_SECONDS = 60.0
REST_SECONDS = 5.0


class Kept(Generic[T]):
    """Loaded at the first need and again after an hour; while that fails, the old one serves on.

    After a failure nobody asks for five seconds, so that requests do not queue for a provider that is away.
    """

    def __init__(
        self, load: Callable[[], Awaitable[T]], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._value: T | None = None
        self._loaded = self._tried = self._failed = float("-inf")

    async def get(self) -> T:
        """Raises ProviderUnavailable when there is none yet."""
        async with self._turn:
            if self._value is None or self._monotonic() - self._loaded > LIFE_SECONDS:
                return await self._try()
            return self._value

    async def renewed(self) -> T:
        """Loaded anew, at most once a minute."""
        async with self._turn:
            if self._value is not None and self._monotonic() - self._tried < RENEWAL_SECONDS:
                return self._value
            return await self._try()

    async def _try(self) -> T:
        if self._monotonic() - self._failed < REST_SECONDS:
            if self._value is None:
                raise ProviderUnavailable
            return self._value
        self._tried = self._monotonic()
        try:
            self._value = await self._load()
        except ProviderUnavailable:
            self._failed = self._monotonic()
            if self._value is None:
                raise
        else:
            self._loaded = self._monotonic()
        return self._value

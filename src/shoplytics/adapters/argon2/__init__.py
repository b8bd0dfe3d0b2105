"""Passwords by argon2id, in threads of their own."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from shoplytics.kernel.errors import Unavailable

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet's minimum for argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
SALT_BYTES = 16
WAITING_PER_SLOT = 16
NICENESS = 10


def _step_back() -> None:
    """A hash of 25 ms must not keep the event loop from its core; Linux gives each thread a niceness."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Argon2Hasher:
    """As many hashes at once as there are cores but one, a bounded number waiting; beyond that Unavailable.

    argon2 lets go of the interpreter's lock while it works, and the core left over is the event loop's.
    Tests about something else ask for less memory and fewer passes.
    """

    def __init__(
        self,
        *,
        slots: int | None = None,
        waiting: int | None = None,
        memory_kib: int = MEMORY_KIB,
        passes: int = PASSES,
    ) -> None:
        self._slots = slots or max(1, (os.cpu_count() or 1) - 1)
        self._room = self._slots + (self._slots * WAITING_PER_SLOT if waiting is None else waiting)
        self._taken = 0
        self._threads = ThreadPoolExecutor(self._slots, thread_name_prefix="argon2", initializer=_step_back)
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=LANES, salt_len=SALT_BYTES
        )
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash, parameters and salt included."""
        return await self._run(self._argon2.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Without a hash it does the same work on one that nothing matches."""
        if self._nobody is None:
            self._nobody = await self._run(self._argon2.hash, os.urandom(16).hex())
        right = await self._run(self._matches, hashed or self._nobody, password)
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        return self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        """Wait for running hashes and end the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._argon2.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._taken >= self._room:
            raise Unavailable("Too many sign-ins at once; try again.", code="busy", retry_after=1)
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._taken -= 1

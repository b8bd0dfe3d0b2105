"""Connections to Redis, and the fuse that keeps a dead one from costing every request its time-out."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

T = TypeVar("T")
log = structlog.get_logger("shoplytics.redis")

HOT_SECONDS = 0.05
FAILURES = 3
REST_SECONDS = 1.0
LOST = (RedisError, OSError, TimeoutError)
"""How the client says that the server cannot be reached or will not do it."""


@contextlib.contextmanager
def cancellable() -> Iterator[None]:
    """redis-py may answer a cancelled call as if nothing were, and a task in a loop would go on for ever."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    yield
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


@contextlib.contextmanager
def while_reachable() -> Iterator[None]:
    """Passes over a lost server, but not over a cancellation."""
    with cancellable(), contextlib.suppress(*LOST):
        yield


def open_redis(url: str, *, seconds: float = HOT_SECONDS, connections: int = 20) -> Redis:
    """A client for `unix://`, `redis://` or `rediss://`; waiting for a connection is bounded too."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
        driver_info=None,
    )
    return Redis.from_pool(pool)


class Fuse:
    """After three failures in a row nobody asks the server for a second; then one call tries it.

    A call may take twice `seconds`: for a connection, and for the answer.
    """

    def __init__(self, *, seconds: float = HOT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = 2 * seconds
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0

    @property
    def blown(self) -> bool:
        return self._clock() < self._rests_until

    async def call(self, action: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """`otherwise` when the server is away. Never raises for that."""
        if self.blown:
            return otherwise
        if self._failures >= FAILURES:
            self._rests_until = self._clock() + REST_SECONDS  # this call is the trial; others go on resting
        with cancellable():
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await action()
            except LOST as error:
                self._count(error)
                return otherwise
            self._failures, self._rests_until = 0, 0.0
        return answer

    def _count(self, error: Exception) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._rests_until = self._clock() + REST_SECONDS
        if self._failures == FAILURES:
            log.info("redis.unreachable", error=f"{type(error).__name__}: {error}")

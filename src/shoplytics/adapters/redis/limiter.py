"""Counts requests by the `limits` library's atomic script, in windows of the wall clock."""

import math
import time
from collections.abc import Callable
from typing import Any

from limits.aio.storage import RedisStorage
from redis.asyncio import Redis

from shoplytics.adapters.redis.client import Fuse
from shoplytics.ports.rate_limiter import Allowance

PREFIX = "shoplytics:limit"


class RedisLimiter:
    """Windows begin at multiples of their length, so that all processes agree without a further question."""

    def __init__(self, client: Redis, fuse: Fuse, *, clock: Callable[[], float] = time.time) -> None:
        pool: Any = client.connection_pool  # typed as a plain option, and handed on to redis.asyncio.Redis
        self._storage = RedisStorage(
            "async+redis://", implementation="redispy", key_prefix=PREFIX, connection_pool=pool
        )
        self._fuse = fuse
        self._clock = clock

    async def hit(self, key: str, *, limit: int, seconds: int) -> Allowance:
        now = self._clock()
        window = int(now // seconds)
        left = math.ceil((window + 1) * seconds - now)

        async def action() -> int:
            return await self._storage.incr(f"{key}/{seconds}/{window}", left + 1)

        count = await self._fuse.call(action, 0)
        return Allowance(
            allowed=count <= limit, limit=limit, remaining=max(0, limit - count), reset_after=left
        )

"""The shared cache; see ports/cache.py."""

from redis.asyncio import Redis

from shoplytics.adapters.redis.client import Fuse

PREFIX = "shoplytics:cache:"


class RedisCache:
    """Keys of ours alone may begin with `shoplytics:`, so a server can be shared."""

    def __init__(self, client: Redis, fuse: Fuse) -> None:
        self._client = client
        self._fuse = fuse

    async def get(self, key: str) -> bytes | None:
        async def action() -> bytes | None:
            found = await self._client.get(PREFIX + key)
            return found if isinstance(found, bytes) else None

        return await self._fuse.call(action, None)

    async def set(self, key: str, value: bytes, *, seconds: int) -> None:
        async def action() -> None:
            await self._client.set(PREFIX + key, value, ex=seconds)

        await self._fuse.call(action, None)

    async def delete(self, *keys: str) -> None:
        async def action() -> None:
            await self._client.unlink(*(PREFIX + key for key in keys))

        if keys:
            await self._fuse.call(action, None)

"""The shared cache and the limiter, with the server up and down."""

import asyncio

from redis.asyncio import Redis

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.redis.cache import RedisCache
from shoplytics.adapters.redis.client import Fuse, open_redis
from shoplytics.adapters.redis.limiter import RedisLimiter

PATIENCE = 10.0  # seconds: a busy machine must not look like a dead server


class TestCache:
    async def test_answers_what_was_set(self, redis: Redis) -> None:
        cache = RedisCache(redis, Fuse(seconds=PATIENCE))
        assert await cache.get("public:a") is None
        await cache.set("public:a", b"\x00value", seconds=60)
        assert await cache.get("public:a") == b"\x00value"
        assert await redis.ttl("shoplytics:cache:public:a") in (59, 60)

    async def test_forgets_what_is_deleted(self, redis: Redis) -> None:
        cache = RedisCache(redis, Fuse(seconds=PATIENCE))
        await cache.set("public:a", b"1", seconds=60)
        await cache.set("public:b", b"2", seconds=60)
        await cache.delete("public:a", "public:b", "public:c")
        assert await cache.get("public:a") is None
        await cache.delete()

    async def test_answers_nothing_while_the_server_is_down(
        self, own_servers: EmbeddedServers, mortal: Redis
    ) -> None:
        now = 0.0
        cache = RedisCache(mortal, Fuse(seconds=1.0, clock=lambda: now))
        await cache.set("public:a", b"1", seconds=60)
        own_servers.kill_valkey()
        for _ in range(5):
            assert await cache.get("public:a") is None
            await cache.set("public:a", b"2", seconds=60)
        own_servers.restart_valkey()
        now += 10
        await cache.set("public:a", b"3", seconds=60)
        assert await cache.get("public:a") == b"3"


class TestLimiter:
    async def test_is_exact_over_processes(self, redis: Redis) -> None:
        address = redis.connection_pool.connection_kwargs
        clients = [
            open_redis(f"unix://{address['path']}?db={address['db']}", seconds=PATIENCE, connections=5)
            for _ in range(3)
        ]
        limiters = [
            RedisLimiter(client, Fuse(seconds=PATIENCE), clock=lambda: 1_000_000.0) for client in clients
        ]
        hits = await asyncio.gather(
            *(limiters[n % 3].hit("someone", limit=100, seconds=60) for n in range(150))
        )
        assert sum(hit.allowed for hit in hits) == 100
        assert sorted(hit.remaining for hit in hits if hit.allowed) == list(range(100))
        for client in clients:
            await client.aclose(close_connection_pool=True)

    async def test_begins_anew_with_the_next_window(self, redis: Redis) -> None:
        now = 120.5
        limiter = RedisLimiter(redis, Fuse(seconds=PATIENCE), clock=lambda: now)
        first = await limiter.hit("someone", limit=1, seconds=60)
        assert (first.allowed, first.remaining, first.reset_after) == (True, 0, 60)
        now = 150.0
        second = await limiter.hit("someone", limit=1, seconds=60)
        assert (second.allowed, second.remaining, second.reset_after) == (False, 0, 30)
        assert (await limiter.hit("other", limit=1, seconds=60)).allowed
        now = 180.0
        assert (await limiter.hit("someone", limit=1, seconds=60)).allowed

    async def test_allows_everything_while_the_server_is_down(
        self, own_servers: EmbeddedServers, mortal: Redis
    ) -> None:
        limiter = RedisLimiter(mortal, Fuse())
        own_servers.kill_valkey()
        for _ in range(5):
            hit = await limiter.hit("someone", limit=1, seconds=60)
            assert (hit.allowed, hit.remaining) == (True, 1)

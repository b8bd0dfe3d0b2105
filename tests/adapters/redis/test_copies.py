"""Copies in memory: kept while they are right, dropped in every process when they are not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from tests.workers import until

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.redis.client import open_redis
from shoplytics.adapters.redis.copies import OVERHEAD, RedisCopies


class Source:
    """What the copies are of; counts how often it is asked."""

    def __init__(self) -> None:
        self.value = "old"
        self.asked = 0

    async def load(self) -> str:
        self.asked += 1
        return self.value


async def read(copies: RedisCopies, load: Callable[[], Awaitable[str]], key: str = "s:list") -> str:
    return await copies.get(key, tags=["s"], seconds=60, weight=len, load=load)


class Absorbing:
    """A subscription that answers the first cancelled wait as if nothing were, as redis-py may."""

    def __init__(self) -> None:
        self.connection_pool = SimpleNamespace(connection_kwargs={"db": 0})
        self.waits = asyncio.Event()
        self._absorbed = False

    def pubsub(self) -> "Absorbing":
        return self

    async def __aenter__(self) -> "Absorbing":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def subscribe(self, channel: str) -> None: ...

    async def ping(self) -> None: ...

    async def get_message(self, *, timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - redis-py's
        self.waits.set()
        try:
            await asyncio.sleep(timeout)
        except asyncio.CancelledError:
            if self._absorbed:
                raise
            self._absorbed = True
        return {"type": "pong"}


@pytest.fixture
async def copies(redis: Redis) -> AsyncIterator[RedisCopies]:
    made = RedisCopies(redis)
    await made.hearing()
    yield made
    await made.close()


class TestCopies:
    async def test_load_once(self, copies: RedisCopies) -> None:
        source = Source()
        assert [await read(copies, source.load) for _ in range(3)] == ["old"] * 3
        assert source.asked == 1

    async def test_load_again_when_dropped(self, copies: RedisCopies) -> None:
        source = Source()
        await read(copies, source.load)
        source.value = "new"
        copies.drop("other")
        assert await read(copies, source.load) == "old"
        copies.drop("s")
        assert await read(copies, source.load) == "new"

    async def test_load_again_when_old(self, redis: Redis) -> None:
        now = 0.0
        copies = RedisCopies(redis, clock=lambda: now)
        await copies.hearing()
        source = Source()
        await read(copies, source.load)
        now = 0.9
        await read(copies, source.load)
        assert source.asked == 1
        now = 61.0
        await read(copies, source.load)
        assert source.asked == 2
        await copies.close()

    async def test_keep_nothing_that_changed_while_it_was_loaded(self, copies: RedisCopies) -> None:
        source = Source()
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> str:
            value = await source.load()
            asked.set()
            await go_on.wait()
            return value

        reading = asyncio.create_task(read(copies, slowly))
        await asked.wait()
        source.value = "new"
        copies.drop("s")
        go_on.set()
        assert await reading == "old"
        assert await read(copies, source.load) == "new"

    async def test_keep_nothing_of_a_failed_load(self, copies: RedisCopies) -> None:
        async def fail() -> str:
            raise KeyError

        with pytest.raises(KeyError):
            await read(copies, fail)
        assert await read(copies, Source().load) == "old"

    async def test_hear_of_changes_elsewhere(self, redis: Redis, copies: RedisCopies) -> None:
        elsewhere, source = RedisCopies(redis), Source()
        await elsewhere.hearing()
        await read(copies, source.load)
        await read(elsewhere, source.load)
        source.value = "new"
        elsewhere.drop("s")

        async def heard() -> bool:
            return await read(copies, source.load) == "new"

        await until(heard, seconds=5)
        await elsewhere.close()

    async def test_stay_within_their_room(self, redis: Redis) -> None:
        copies, source = RedisCopies(redis, room=100 * (OVERHEAD + 3)), Source()
        await copies.hearing()
        for number in range(110):
            await read(copies, source.load, key=f"s:{number}")
        await read(copies, source.load, key="s:109")
        assert source.asked == 110
        await read(copies, source.load, key="s:9")
        assert source.asked == 111
        source.value = "x" * 10 * OVERHEAD
        for _ in range(2):
            await read(copies, source.load, key="s:large")
        assert source.asked == 113
        await copies.close()

    async def test_end_though_the_client_absorbs_a_cancellation(self) -> None:
        client = Absorbing()
        copies = RedisCopies(cast("Redis", client))
        copies._start()
        await client.waits.wait()
        closing = asyncio.create_task(copies.close())
        ended, _ = await asyncio.wait({closing}, timeout=2)
        for task in copies._tasks:
            task.cancel()
        assert ended

    async def test_keep_nothing_without_the_server(self, own_servers: EmbeddedServers) -> None:
        client = open_redis(own_servers.redis_url, seconds=2.0)
        copies, source = RedisCopies(client), Source()
        await copies.hearing()
        await read(copies, source.load)
        own_servers.kill_valkey()

        async def asks_anew() -> bool:
            before = source.asked
            await read(copies, source.load)
            return source.asked > before

        await until(asks_anew, seconds=5)
        own_servers.restart_valkey()
        await copies.hearing()
        await read(copies, source.load)
        before = source.asked
        await read(copies, source.load)
        assert source.asked == before
        await copies.close()
        await client.aclose(close_connection_pool=True)

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


class Slow(Source):
    """Answers what it was when it was asked, once the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self._begun = asyncio.Queue[None]()

    async def load(self) -> str:
        value = await super().load()
        self._begun.put_nowait(None)
        await self.go_on.wait()
        return value

    async def begun(self) -> None:
        """Until one more has been asked."""
        await self._begun.get()


async def read(copies: RedisCopies, load: Callable[[], Awaitable[str]], key: str = "s:list") -> str:
    return await copies.get(key, tags=[key.split(":", maxsplit=1)[0]], seconds=60, weight=len, load=load)


async def asks_anew(copies: RedisCopies, source: Source, key: str = "s:list") -> bool:
    before = source.asked
    await read(copies, source.load, key)
    return source.asked > before


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

    async def test_load_once_for_all_who_come_meanwhile(self, copies: RedisCopies) -> None:
        source = Slow()
        reading = [asyncio.create_task(read(copies, source.load)) for _ in range(200)]
        await source.begun()
        source.go_on.set()
        assert await asyncio.gather(*reading) == ["old"] * 200
        assert source.asked == 1

    async def test_load_again_for_who_comes_after_a_change(self, copies: RedisCopies) -> None:
        source = Slow()
        before = asyncio.create_task(read(copies, source.load))
        await source.begun()
        source.value = "new"
        copies.drop("s")
        after = asyncio.create_task(read(copies, source.load))
        asyncio.get_running_loop().call_soon(source.go_on.set)  # when it has begun to read
        assert (await before, await after) == ("old", "new")
        assert await read(copies, Source().load) == "new"

    async def test_load_in_the_place_of_who_went_away(self, copies: RedisCopies) -> None:
        source = Slow()
        first, *others = [asyncio.create_task(read(copies, source.load)) for _ in range(20)]
        await source.begun()
        first.cancel()
        await source.begun()
        source.go_on.set()
        assert await asyncio.gather(*others) == ["old"] * 19
        assert source.asked == 2
        with pytest.raises(asyncio.CancelledError):
            await first

    async def test_do_not_mind_that_one_of_those_who_wait_goes_away(self, copies: RedisCopies) -> None:
        source = Slow()
        first, second, third = [asyncio.create_task(read(copies, source.load)) for _ in range(3)]
        await source.begun()
        second.cancel()
        await asyncio.wait({second})
        source.go_on.set()
        assert (await first, await third, source.asked) == ("old", "old", 1)
        assert second.cancelled()

    async def test_fail_for_each_by_itself(self, copies: RedisCopies) -> None:
        source = Slow()

        async def fail_at_first() -> str:
            value = await source.load()
            if source.asked == 1:
                raise KeyError
            return value

        reading = [asyncio.create_task(read(copies, fail_at_first)) for _ in range(3)]
        await source.begun()
        source.go_on.set()
        found = await asyncio.gather(*reading, return_exceptions=True)
        assert isinstance(found[0], KeyError)
        assert found[1:] == ["old", "old"]

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

    async def test_are_not_dropped_twice_by_who_said_so(self, redis: Redis, copies: RedisCopies) -> None:
        """News come in order: who knows of the second has heard the first."""
        elsewhere, ours, theirs, mark = RedisCopies(redis), Source(), Source(), Source()
        await elsewhere.hearing()
        await read(elsewhere, theirs.load)
        copies.drop("s")
        await read(copies, ours.load)
        await until(lambda: asks_anew(elsewhere, theirs), seconds=5)
        await read(copies, mark.load, key="mark")
        elsewhere.drop("mark")
        await until(lambda: asks_anew(copies, mark, key="mark"), seconds=5)
        assert not await asks_anew(copies, ours)
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
        await until(lambda: asks_anew(copies, source), seconds=5)
        own_servers.restart_valkey()
        await copies.hearing()
        await read(copies, source.load)
        assert not await asks_anew(copies, source)
        await copies.close()
        await client.aclose(close_connection_pool=True)

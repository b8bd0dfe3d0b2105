"""The fuse: a dead server is asked rarely, and noticed when it is back."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from shoplytics.adapters.redis.client import FAILURES, REST_SECONDS, Fuse, open_redis, while_reachable


class Server:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.alive = True

    async def answer(self) -> str:
        self.asked += 1
        if not self.alive:
            raise RedisConnectionError
        return "answer"


class TestFuse:
    async def test_lets_answers_through(self) -> None:
        assert await Fuse(seconds=10.0).call(Server().answer, "otherwise") == "answer"

    async def test_blows_after_failures_in_a_row(self) -> None:
        server, fuse = Server(), Fuse(clock=lambda: 0.0)
        server.alive = False
        for _ in range(10):
            assert await fuse.call(server.answer, "otherwise") == "otherwise"
        assert server.asked == FAILURES
        assert fuse.blown

    async def test_asks_again_after_its_rest(self) -> None:
        now = 0.0
        server, fuse = Server(), Fuse(clock=lambda: now)
        server.alive = False
        for _ in range(FAILURES):
            await fuse.call(server.answer, "otherwise")
        now += REST_SECONDS
        assert await fuse.call(server.answer, "otherwise") == "otherwise"
        assert server.asked == FAILURES + 1
        assert await fuse.call(server.answer, "otherwise") == "otherwise"
        assert server.asked == FAILURES + 1
        now += REST_SECONDS
        server.alive = True
        for _ in range(5):
            assert await fuse.call(server.answer, "otherwise") == "answer"

    async def test_gives_up_on_a_server_that_says_nothing(self) -> None:
        async def silence() -> str:
            await asyncio.Event().wait()
            return "never"

        assert await Fuse().call(silence, "otherwise") == "otherwise"

    async def test_lets_mistakes_of_ours_out(self) -> None:
        async def mistake() -> str:
            raise KeyError

        with pytest.raises(KeyError):
            await Fuse().call(mistake, "otherwise")


class TestClient:
    async def test_serves_more_callers_than_it_has_connections(self, redis: Redis) -> None:
        address = redis.connection_pool.connection_kwargs
        client = open_redis(f"unix://{address['path']}?db={address['db']}", seconds=10.0, connections=3)
        counts = await asyncio.gather(*(client.incr("count") for _ in range(200)))
        assert sorted(counts) == list(range(1, 201))
        await client.aclose(close_connection_pool=True)


class TestCancellable:
    async def test_ends_a_task_whose_cancellation_was_swallowed(self) -> None:
        async def loop() -> None:
            while True:
                with while_reachable():
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        raise RedisConnectionError from None

        task = asyncio.create_task(loop())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

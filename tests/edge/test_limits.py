"""Soft limits: counted by caller, told in headers, off by setting."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import msgspec
import pytest

from shoplytics.adapters.redis.client import open_redis
from shoplytics.api import create_app
from shoplytics.settings import Settings
from tests.builders import register
from tests.edge.probes import PROBE, build, deeds


@pytest.fixture
async def limited(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    on = msgspec.structs.replace(settings, rate_limits=True)
    app = create_app(on, modules=[PROBE], with_work={"probe": build}, alone={"deeds": deeds})
    peer = f"203.0.113.{secrets.randbelow(250)}"
    async with (
        app.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=(peer, 1)), base_url="http://test"
        ) as client,
    ):
        yield client


class TestLimit:
    async def test_is_a_hundred_an_hour_for_a_stranger(self, limited: httpx.AsyncClient) -> None:
        answers = [await limited.get("/api/v1/probe/public") for _ in range(101)]
        assert [answer.status_code for answer in answers[:100]] == [200] * 100
        assert answers[0].headers["ratelimit-limit"] == "100"
        assert answers[0].headers["ratelimit-remaining"] == "99"
        assert 0 < int(answers[0].headers["ratelimit-reset"]) <= 3600
        last = answers[100]
        assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
        assert last.headers["ratelimit-remaining"] == "0"
        assert last.headers["retry-after"] == last.headers["ratelimit-reset"]

    async def test_counts_bad_tokens_and_bad_bodies_too(self, limited: httpx.AsyncClient) -> None:
        bad = {"authorization": "Bearer x"}
        first = await limited.get("/api/v1/probe/public", headers=bad)
        second = await limited.post("/api/v1/probe/echo", json=[])
        assert (first.status_code, second.status_code) == (401, 400)
        left = [int(answer.headers["ratelimit-remaining"]) for answer in (first, second)]
        assert left[0] - left[1] == 1

    async def test_is_one_over_processes(self, settings: Settings) -> None:
        on = msgspec.structs.replace(settings, rate_limits=True)
        async with AsyncExitStack() as opened:
            clients = []
            for _ in range(2):
                app = create_app(on, modules=[PROBE], with_work={"probe": build}, alone={"deeds": deeds})
                await opened.enter_async_context(app.lifespan())
                transport = httpx.ASGITransport(app, client=("2001:db8::77", 1))
                client = httpx.AsyncClient(transport=transport, base_url="http://test")
                clients.append(await opened.enter_async_context(client))
            answers = await asyncio.gather(*(clients[n % 2].get("/api/v1/probe/public") for n in range(130)))
        allowed = [answer for answer in answers if answer.status_code == 200]
        assert len(allowed) == 100
        assert sorted(int(answer.headers["ratelimit-remaining"]) for answer in allowed) == list(range(100))
        assert {answer.status_code for answer in answers} == {200, 429}

    async def test_does_not_write_down_who_came(self, limited: httpx.AsyncClient, settings: Settings) -> None:
        await limited.get("/api/v1/probe/public")
        redis = open_redis(settings.redis_url, seconds=10.0)
        keys = [key.decode() async for key in redis.scan_iter()]
        await redis.aclose(close_connection_pool=True)
        assert any(":limit" in key for key in keys)
        assert not any("203.0.113" in key for key in keys)

    async def test_counts_what_the_guard_refused(self, settings: Settings) -> None:
        on = msgspec.structs.replace(settings, rate_limits=True)
        app = create_app(on)
        transport = httpx.ASGITransport(app, client=("203.0.113.251", 1))
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            someone = await register(client)
            for path in (f"/api/v1/stores/{uuid4()}/customers", "/api/v1/admin/users"):
                first = await client.get(path, headers=someone.headers)
                second = await client.get(path, headers=someone.headers)
                assert (first.status_code, second.status_code) == (404, 404)
                left = [int(answer.headers["ratelimit-remaining"]) for answer in (first, second)]
                assert left[0] - left[1] == 1

    async def test_is_another_one_for_operators(self, limited: httpx.AsyncClient) -> None:
        await limited.get("/api/v1/probe/public")
        assert (await limited.get("/health/live")).headers["ratelimit-limit"] == "600"

    async def test_is_not_told_when_it_is_off(self, probe: httpx.AsyncClient) -> None:
        assert "ratelimit-limit" not in (await probe.get("/public")).headers

"""Soft limits: counted by caller, told in headers, off by setting."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from shoplytics.api import create_app
from shoplytics.settings import Settings
from tests.edge.probes import PROBE, build


@pytest.fixture
async def limited(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    on = msgspec.structs.replace(settings, rate_limits=True)
    app = create_app(on, modules=[PROBE], with_work={"probe": build}, alone={})
    peer = f"203.0.113.{hash(settings.home) % 250}"
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

    async def test_is_another_one_for_operators(self, limited: httpx.AsyncClient) -> None:
        await limited.get("/api/v1/probe/public")
        assert (await limited.get("/health/live")).headers["ratelimit-limit"] == "600"

    async def test_is_not_told_when_it_is_off(self, probe: httpx.AsyncClient) -> None:
        assert "ratelimit-limit" not in (await probe.get("/public")).headers

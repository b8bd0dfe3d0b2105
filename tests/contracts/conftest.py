"""A process that knows the probe module, once for each broker."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis
from tests.workers import probing

from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings


@pytest.fixture(params=["postgres", "redis"])
async def brokered(
    request: pytest.FixtureRequest, settings: Settings, owner_url: str
) -> AsyncIterator[Infra]:
    chosen = msgspec.structs.replace(settings, broker=request.param)
    async with Redis.from_url(settings.redis_url) as client:
        await client.flushdb()
        async with probing(chosen, owner_url) as infra:
            yield infra
        await client.flushdb()

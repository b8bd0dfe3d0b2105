"""An empty database of the run's Redis, and a server of the test's own that may be stopped."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.redis.client import open_redis
from shoplytics.settings import Settings


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    client = open_redis(settings.redis_url, seconds=10.0)
    await client.flushdb()
    yield client
    await client.flushdb()
    await client.aclose(close_connection_pool=True)


@pytest.fixture
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(tmp_path_factory.mktemp("own"), durable=False) as servers:
        yield servers


@pytest.fixture
async def mortal(own_servers: EmbeddedServers) -> AsyncIterator[Redis]:
    client = open_redis(own_servers.redis_url, seconds=2.0)
    yield client
    await client.aclose(close_connection_pool=True)

"""The world that the proofs look at, and the processes that they speak to."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from shoplytics.settings import Settings
from tests.proofs.pair import Pair, pair_of, two_processes
from tests.proofs.walls.world import World, build


@pytest.fixture
async def world(app: Api, client: httpx.AsyncClient, owner_url: str) -> AsyncIterator[World]:
    owner = await asyncpg.connect(owner_url)
    yield await build(app, client, owner)
    await owner.close()


@pytest.fixture(scope="session")
def addresses(same_settings: Settings) -> Iterator[tuple[str, str]]:
    """Of two API processes that live as long as the tests of this worker, on its database."""
    with two_processes(same_settings) as (first, second):
        yield first.address, second.address


@pytest.fixture
async def pair(addresses: tuple[str, str], settings: Settings, owner_url: str) -> AsyncIterator[Pair]:
    async with pair_of(addresses, settings, owner_url) as both:
        yield both

"""The world that the proofs look at."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from tests.proofs.walls.world import World, build


@pytest.fixture
async def world(app: Api, client: httpx.AsyncClient, owner_url: str) -> AsyncIterator[World]:
    owner = await asyncpg.connect(owner_url)
    yield await build(app, client, owner)
    await owner.close()

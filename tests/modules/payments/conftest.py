"""A seller with a store, and the database as its owner sees it."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from tests.builders import Account, register, store_of


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[Raw]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def seller(client: httpx.AsyncClient) -> Account:
    return await register(client)


@pytest.fixture
async def store(client: httpx.AsyncClient, seller: Account) -> UUID:
    return await store_of(client, seller)

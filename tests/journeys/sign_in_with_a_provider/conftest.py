"""A real provider, set up at the shop beside one that is away."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from tests.oidc_provider import real_provider

from shoplytics.adapters.postgres.work import Raw
from shoplytics.settings import OidcSettings, Settings


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real_provider() as address:
        yield address


@pytest.fixture
def settings(settings: Settings, issuer: str) -> Settings:
    mock = OidcSettings(name="mock", issuer=issuer, client_id="shop", client_secret="hush")
    away = OidcSettings(name="away", issuer="http://127.0.0.1:9", client_id="shop", client_secret="hush")
    return msgspec.structs.replace(settings, oidc=(mock, away))


@pytest.fixture
def subject() -> str:
    """Nobody's yet; the provider outlives the test."""
    return f"sub-{uuid4().hex[:12]}"


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[Raw]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()

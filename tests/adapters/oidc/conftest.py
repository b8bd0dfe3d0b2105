"""A provider that answers whatever a test wants, over real HTTP; time is the test's own."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from tests.adapters.oidc.asking import Seconds
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Forge, forge

from shoplytics.adapters.oidc import OidcProvider, open_client


@pytest.fixture
def other() -> Iterator[Forge]:
    with forge() as made:
        yield made


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def provider(other: Forge, seconds: Seconds) -> AsyncIterator[OidcProvider]:
    async with open_client() as client:
        yield OidcProvider(
            name="forge",
            issuer=other.issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            client=client,
            clock=lambda: datetime.fromtimestamp(time.time() + seconds.passed, UTC),
            monotonic=seconds,
        )

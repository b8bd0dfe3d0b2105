"""A process that knows the probe module."""

from collections.abc import AsyncIterator

import pytest
from tests.workers import probing

from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings


@pytest.fixture
async def probed(settings: Settings, owner_url: str) -> AsyncIterator[Infra]:
    async with probing(settings, owner_url) as infra:
        yield infra

"""The probe module, and what came of it."""

from collections.abc import AsyncIterator

import pytest
from tests.probe import MODULES, installed

from shoplytics.bootstrap import Infra, open_infra
from shoplytics.settings import Settings


@pytest.fixture
async def probed(settings: Settings, owner_url: str) -> AsyncIterator[Infra]:
    """An open process that knows the probe."""
    async with installed(owner_url), open_infra(settings, modules=MODULES) as infra:
        yield infra

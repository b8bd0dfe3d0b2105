"""An application whose only routes are the probes of probes.py."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shoplytics.api import Api, create_app
from shoplytics.settings import Settings
from tests.edge.probes import PROBE, build


@pytest.fixture
async def probe_app(settings: Settings) -> AsyncIterator[Api]:
    application = create_app(settings, modules=[PROBE], with_work={"probe": build}, alone={})
    async with application.lifespan():
        yield application


@pytest.fixture
async def probe(probe_app: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(probe_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1/probe") as opened:
        yield opened

"""An application whose only routes are the probes of probes.py."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shoplytics.api import Api, create_app
from shoplytics.settings import Settings
from tests.edge.probes import PROBE, build, deeds


def speaking_to(app: Api) -> httpx.AsyncClient:
    """A client of the probes."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1/probe")


@pytest.fixture
async def probe_app(settings: Settings) -> AsyncIterator[Api]:
    application = create_app(settings, modules=[PROBE], with_work={"probe": build}, alone={"deeds": deeds})
    async with application.lifespan():
        yield application


@pytest.fixture
async def probe(probe_app: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with speaking_to(probe_app) as opened:
        yield opened


@pytest.fixture(scope="session")
def dry_app(tmp_path_factory: pytest.TempPathFactory) -> Api:
    """With neither database nor Redis, made once: for requests that must be refused before either."""
    nowhere: Path = tmp_path_factory.mktemp("dry")
    settings = Settings(
        database_url=f"postgresql:///none?host={nowhere}",
        redis_url=f"unix://{nowhere}/redis",
        secret_key=b"test-key-" * 4,
        home=nowhere,
        rate_limits=False,
    )
    return create_app(settings, modules=[PROBE], with_work={"probe": build}, alone={"deeds": deeds})

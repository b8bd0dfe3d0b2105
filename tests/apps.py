"""Whole applications, built once for all tests of a process that ask for the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import httpx

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.api import Api, create_app
from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings


@lru_cache(maxsize=8)
def _built(settings: Settings, process: int) -> Api:
    return create_app(settings)


@asynccontextmanager
async def serving(settings: Settings, *, process: int = 1) -> AsyncIterator[Api]:
    """Started with connections of its own. Two at once, as two processes would be, differ in `process`."""
    application = _built(settings, process)
    async with application.lifespan():
        hash_quickly(application.parts.infra)
        yield application


def client_of(app: Api) -> httpx.AsyncClient:
    """Speaks to `app` in the same event loop; the peer's address is 127.0.0.1."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def hash_quickly(infra: Infra) -> None:
    """Call it before the first request. What a hash has to cost, tests/adapters/argon2 tells."""
    infra.hasher.close()
    infra.hasher = Argon2Hasher(memory_kib=8, passes=1)

"""The object store: whether what is written there can be read again, and goes."""

import asyncio
from collections.abc import AsyncIterator

from shoplytics.cli.doctor.finding import FAIL, OK, WARN, Finding
from shoplytics.kernel.errors import NotFound, ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.ports.object_store import ObjectStore
from shoplytics.settings import Settings, SettingsError
from shoplytics.settings.plugins import object_store_of

PROBE = b"shoplytics doctor"
_SECONDS = 15


async def examine(settings: Settings) -> list[Finding]:
    try:
        store = object_store_of(settings)
    except SettingsError as problem:
        return [Finding(FAIL, "objects", text) for text in problem.problems]
    return [await probe(store, name=settings.object_store)]


async def probe(store: ObjectStore, *, name: str) -> Finding:
    """Leaves nothing behind where the store does what it is told."""
    key = f"uploads/doctor/{new_id()}"
    doing = "written"
    try:
        async with asyncio.timeout(_SECONDS):
            await store.put(key, _probe())
            doing = "read"
            found = b"".join([chunk async for chunk in store.read(key)])
            doing = "removed"
            await store.delete(key)
            if found != PROBE:
                return Finding(FAIL, "objects", f"{name!r} gives back something else than was written")
            if await _there(store, key):
                return Finding(WARN, "objects", f"{name!r} keeps what is removed")
    except TimeoutError:
        return Finding(FAIL, "objects", f"{name!r}: an object could not be {doing} in {_SECONDS} seconds")
    except (ShopError, OSError) as problem:
        return Finding(FAIL, "objects", f"{name!r}: an object could not be {doing}: {problem}")
    return Finding(OK, "objects", f"{name!r} takes, gives back and removes")


async def _probe() -> AsyncIterator[bytes]:
    yield PROBE


async def _there(store: ObjectStore, key: str) -> bool:
    try:
        async for _ in store.read(key):
            return True
    except NotFound:
        return False
    return True

"""Is the process alive, can it serve, and how is it doing: for balancers and Prometheus."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from litestar import Controller, Response, get

from shoplytics.operations.metrics import CONTENT_TYPE, Metrics

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 2.0

Health = Literal["up", "down"]
Check = Callable[[], Awaitable[bool]]


class Live(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["ok"] = "ok"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """`degraded`: without Redis the shop sells on, with no cache and no soft limits (decision 0007)."""

    status: Literal["ok", "degraded", "down"]
    database: Health
    migrations: Health
    redis: Health


class Readiness:
    """Asks each part at most once a second, however often balancers ask."""

    def __init__(self, *, database: Check, migrations: Check, redis: Check) -> None:
        self._checks = (database, migrations, redis)
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._last: Ready | None = None

    async def now(self) -> Ready:
        async with self._lock:
            if self._last is None or time.monotonic() >= self._until:
                self._last = await self._ask()
                self._until = time.monotonic() + FRESH_SECONDS
            return self._last

    async def _ask(self) -> Ready:
        database, migrations, redis = await asyncio.gather(*(_answer(check) for check in self._checks))
        down = "down" in {database, migrations}
        status: Literal["ok", "degraded", "down"] = "ok" if redis == "up" else "degraded"
        return Ready(status="down" if down else status, database=database, migrations=migrations, redis=redis)


async def _answer(check: Check) -> Health:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return "up" if await check() else "down"
    except Exception:
        return "down"


class HealthController(Controller):
    path = "/health"
    tags = ("Operations",)

    @get("/live", permission="operations:health", budget="operations")
    async def live(self) -> Live:
        """The process answers. It says nothing about what it depends on: a restart would not help that."""
        return Live()

    @get("/ready", permission="operations:health", budget="operations")
    async def ready(self, readiness: Readiness) -> Response[Ready]:
        """503 while the database is away or not at this version's migrations; asked at most once a second."""
        found = await readiness.now()
        return Response(found, status_code=503 if found.status == "down" else 200)


class MetricsController(Controller):
    tags = ("Operations",)

    @get("/metrics", permission="operations:metrics", budget="operations", include_in_schema=False)
    async def metrics(self, metrics: Metrics) -> Response[bytes]:
        """Prometheus text format."""
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE})

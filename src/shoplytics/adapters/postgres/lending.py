"""Connections lent to units of work: by SQLAlchemy's engine, or of those that are in their role already."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self, cast

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shoplytics.adapters.postgres.work import Raw


@dataclass(frozen=True)
class EngineLoan:
    """Of the engine, whose connections also serve SQLAlchemy."""

    raw: Raw
    _connection: AsyncConnection

    @classmethod
    async def of(cls, engine: AsyncEngine) -> Self:
        connection = await engine.connect()
        checked_out = cast("Connection", connection.sync_connection).connection
        return cls(cast("Raw", checked_out.driver_connection), connection)

    def session(self) -> AsyncSession:
        return AsyncSession(
            bind=self._connection, expire_on_commit=False, join_transaction_mode="control_fully"
        )

    async def give_back(self, *, broken: bool = False) -> None:
        try:
            if broken:
                await self._connection.invalidate()
        finally:
            await self._connection.close()


REST_SECONDS = 300.0
"""A connection that nobody wanted for so long may be cut somewhere on its way."""


class Pool:
    """Connections that are what they are to be from the start: the one used last is the first to be lent.

    What is asked of the pool itself is one statement and a transaction of its own. asyncpg's pool starts a
    task for each connection that is given back, which costs more than many a statement. Whoever waits longer
    than `seconds` for a free one gets TimeoutError, and whoever needs a new one what connecting raises.
    """

    def __init__(self, connect: Callable[[], Awaitable[Raw]], *, size: int, seconds: float) -> None:
        self._connect = connect
        self._seconds = seconds
        self._room = asyncio.Semaphore(size)
        self._idle: list[tuple[Raw, float]] = []
        self._closed = False

    async def execute(self, sql: str, *values: object) -> str:
        raw = await self._take()
        try:
            return await raw.execute(sql, *values)
        finally:
            self.take_back(raw)

    async def fetch(self, sql: str, *values: object) -> "list[asyncpg.Record]":
        raw = await self._take()
        try:
            return await raw.fetch(sql, *values)
        finally:
            self.take_back(raw)

    async def fetchrow(self, sql: str, *values: object) -> "asyncpg.Record | None":
        raw = await self._take()
        try:
            return await raw.fetchrow(sql, *values)
        finally:
            self.take_back(raw)

    async def fetchval(self, sql: str, *values: object) -> Any:  # noqa: ANN401 - as asyncpg's
        raw = await self._take()
        try:
            return await raw.fetchval(sql, *values)
        finally:
            self.take_back(raw)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Raw]:
        """For more than one statement; whatever goes wrong with them, nobody gets it again."""
        raw = await self._take()
        try:
            yield raw
        except BaseException:
            raw.terminate()
            raise
        finally:
            self.take_back(raw)

    async def lend(self) -> "PoolLoan":
        return PoolLoan(await self._take(), self)

    def take_back(self, raw: Raw) -> None:
        if self._closed:
            raw.terminate()
        elif not raw.is_closed():
            self._idle.append((raw, monotonic()))
        self._room.release()

    async def close(self) -> None:
        """What is lent is closed when it comes back."""
        self._closed = True
        idle = [raw for raw, _ in self._idle]
        self._idle.clear()
        await asyncio.gather(*(raw.close() for raw in idle), return_exceptions=True)

    async def _take(self) -> Raw:
        if self._room.locked():
            async with asyncio.timeout(self._seconds):
                await self._room.acquire()
        else:
            await self._room.acquire()
        try:
            return self._idle_one() or await self._connect()
        except BaseException:
            self._room.release()
            raise

    def _idle_one(self) -> "Raw | None":
        while self._idle:
            raw, since = self._idle.pop()
            if not raw.is_closed() and monotonic() - since < REST_SECONDS:
                return raw
            raw.terminate()
        return None


@dataclass(frozen=True)
class PoolLoan:
    """Of a pool, for asyncpg alone."""

    raw: Raw
    _pool: Pool

    def session(self) -> AsyncSession:
        msg = "a keyed unit of work speaks asyncpg only"
        raise RuntimeError(msg)

    async def give_back(self, *, broken: bool = False) -> None:
        if broken:
            self.raw.terminate()
        self._pool.take_back(self.raw)

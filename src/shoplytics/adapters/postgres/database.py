"""Connections to PostgreSQL: one engine for units of work, two asyncpg pools for the hot paths."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shoplytics.adapters.postgres.work import Scope, Work
from shoplytics.kernel.access import DbRole

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

STATEMENT_SECONDS = 5
REPORT_SECONDS = 20
LOCK_SECONDS = 2
IDLE_SECONDS = 10
POOL_WAIT_SECONDS = 2

HOT = {"max_parallel_workers_per_gather": "0", "jit": "off", "random_page_cost": "1.1"}
"""Of the pools: helpers and compiling take longer to start than what is asked often takes to run, and what is
asked often lies in memory."""

LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection whose server died while it prepared a statement
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)
"""How asyncpg says that the server is away or too busy for now; anything else is a mistake of ours."""


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:  # noqa: ANN401 - SQLAlchemy's
    """After a restart of the server the pool makes a new connection, instead of handing out a dead one."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


async def _leave_as_it_is(connection: object) -> None:
    """No statement of ours sets anything for a session, and asyncpg's own reset costs a round trip a use."""


class Database:
    """Opened once per process. `work()` is the only door to the engine.

    Time-outs: statement 5 s (20 s for jobs and reports, which ask for `slow=True`), lock 2 s, idle in
    transaction 10 s, two seconds of waiting for a free connection.
    """

    def __init__(self, url: str, *, pool_size: int = 10, slow: bool = False) -> None:
        self._url = url
        self._pool_size = pool_size
        self._settings = {
            "application_name": "shoplytics worker" if slow else "shoplytics",
            "timezone": "UTC",
            "statement_timeout": str((REPORT_SECONDS if slow else STATEMENT_SECONDS) * 1000),
            "lock_timeout": str(LOCK_SECONDS * 1000),
            "idle_in_transaction_session_timeout": str(IDLE_SECONDS * 1000),
        }
        self._pools: dict[tuple[DbRole, bool, bool], Pool] = {}
        self._opening = asyncio.Lock()
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self.connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_SECONDS,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",  # Work begins and ends its transactions itself
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)

    async def connect(self, role: DbRole | None = None) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of one's own (LISTEN, the scheduler's ticks); the caller closes it."""
        settings = self._settings if role is None else {**self._settings, "role": role.value}
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, server_settings=settings, timeout=POOL_WAIT_SECONDS
        )
        return connection

    async def pool(
        self, role: DbRole, *, size: int | None = None, durable: bool = True, custom: bool = False
    ) -> Pool:
        """The process's pool of connections that are `role` from the start; made at the first call.

        `durable=False` is for what a crash of the server may undo: its commits do not wait for the disk.
        `custom` is for statements whose best plan depends on the values: planned anew each time.
        """
        key = (role, durable, custom)
        if key not in self._pools:
            async with self._opening:
                if key not in self._pools:
                    await self._open(key, size or self._pool_size)
        return self._pools[key]

    async def _open(self, key: tuple[DbRole, bool, bool], size: int) -> None:
        role, durable, custom = key
        settings = {**self._settings, "role": role.value, **HOT}
        if not durable:
            settings["synchronous_commit"] = "off"
        if custom:
            settings["plan_cache_mode"] = "force_custom_plan"
        self._pools[key] = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=size,
            server_settings=settings,
            reset=_leave_as_it_is,
            timeout=POOL_WAIT_SECONDS,
        )

    def work(
        self,
        role: DbRole,
        *,
        user_id: UUID | None = None,
        store_ids: Sequence[UUID] = (),
        keyed: bool = False,
    ) -> Work:
        """A unit of work to enter with `async with`; it commits only when `commit()` is called."""
        scope = Scope(role=role, user_id=user_id, store_ids=tuple(store_ids), keyed=keyed)
        return Work(self.engine, scope)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()
        await self.engine.dispose()

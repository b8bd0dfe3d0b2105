"""Connections to PostgreSQL: one engine for units of work, and pools of asyncpg's for the hot paths."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shoplytics.adapters.postgres.lending import EngineLoan, Pool
from shoplytics.adapters.postgres.work import Loan, Raw, Scope, Work
from shoplytics.kernel.access import DbRole

STATEMENT_SECONDS = 5
REPORT_SECONDS = 20
LOCK_SECONDS = 2
IDLE_SECONDS = 10
POOL_WAIT_SECONDS = 2

HOT = {"max_parallel_workers_per_gather": "0", "jit": "off", "random_page_cost": "1.1"}
"""Of the pools: helpers and compiling take longer to start than what is asked often takes to run, and what is
asked often lies in memory."""


class Plans(StrEnum):
    """PostgreSQL's plan_cache_mode.

    ONCE, for all values, is for what is found by keys: left to itself the planner makes many such a plan anew
    at each use, and that takes longer than what is planned. EACH is for what depends on the values.
    """

    AUTO = "auto"
    ONCE = "force_generic_plan"
    EACH = "force_custom_plan"


ONCE = {**HOT, "plan_cache_mode": Plans.ONCE.value, "enable_seqscan": "off"}
"""To read a whole table seems cheap while it is small, and the plan would stay until that is analyzed."""

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
        self._pools: dict[tuple[DbRole, bool, Plans], Pool] = {}
        self.units = self._made({"role": DbRole.SYSTEM.value, **ONCE}, pool_size)
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

    async def connect(self, role: DbRole | None = None) -> Raw:
        """A connection of one's own (LISTEN, the scheduler's ticks); the caller closes it."""
        return await self._connect({} if role is None else {"role": role.value})

    async def _connect(self, settings: Mapping[str, str]) -> Raw:
        connection: Raw = await asyncpg.connect(
            self._url, server_settings={**self._settings, **settings}, timeout=POOL_WAIT_SECONDS
        )
        return connection

    def pool(
        self, role: DbRole, *, size: int | None = None, durable: bool = True, plans: Plans = Plans.AUTO
    ) -> Pool:
        """The process's pool of connections that are `role` from the start; made at the first call.

        `durable=False` is for what a crash of the server may undo: its commits do not wait for the disk.
        """
        key = (role, durable, plans)
        if key not in self._pools:
            ways = ONCE if plans is Plans.ONCE else {**HOT, "plan_cache_mode": plans.value}
            settings = {"role": role.value, **ways}
            if not durable:
                settings["synchronous_commit"] = "off"
            self._pools[key] = self._made(settings, size or self._pool_size)
        return self._pools[key]

    def _made(self, settings: Mapping[str, str], size: int) -> Pool:
        return Pool(partial(self._connect, settings), size=size, seconds=POOL_WAIT_SECONDS)

    def keyed(self) -> Pool:
        """For single statements of the system's that find by keys."""
        return self.pool(DbRole.SYSTEM, plans=Plans.ONCE)

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
        return Work(self, scope)

    async def lend(self, scope: Scope) -> Loan:
        """See Lender in adapters/postgres/work.py."""
        if not scope.keyed:
            return await EngineLoan.of(self.engine)
        return await self.units.lend()  # of their own, as they may wait for locks

    async def close(self) -> None:
        for pool in (self.units, *self._pools.values()):
            await pool.close()
        self._pools.clear()
        await self.engine.dispose()

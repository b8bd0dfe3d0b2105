"""The unit of work: one transaction whose first statement sets role and scope, ended only by the edge."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias, cast
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shoplytics.kernel.access import DbRole

AfterCommit: TypeAlias = Callable[[], Awaitable[None]]
Raw: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
OutboxRow: TypeAlias = tuple[UUID, str, str, UUID, UUID | None, UUID | None, str]

log = structlog.get_logger("shoplytics.postgres")

# The only place that switches role and scope, and only for the transaction (`true`): a setting made for the
# session would meet the next user of the pooled connection. Two statements, one way to the server and back.
BEGIN = (
    "begin; select set_config('role', '{}', true), set_config('app.user_id', '{}', true),"
    " set_config('app.store_ids', '{}', true)"
)
# Left to itself the planner makes many a plan anew at each use, and that takes longer than what is planned.
KEYED = ", set_config('plan_cache_mode', 'force_generic_plan', true)"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which rows row-level security lets the transaction see.

    `keyed`: all that is asked in it is found by keys, so plans are made once and for all values.
    """

    role: DbRole
    user_id: UUID | None = None
    store_ids: tuple[UUID, ...] = ()
    keyed: bool = False

    def begin(self) -> str:
        """What begins its transaction; a role and UUIDs need no quoting."""
        stores = "{" + ",".join(str(store) for store in self.store_ids) + "}" if self.store_ids else ""
        user = "" if self.user_id is None else str(self.user_id)
        return BEGIN.format(self.role.value, user, stores) + (KEYED if self.keyed else "")


class Work:
    """`raw` speaks asyncpg for the hot and the contended, `session` SQLAlchemy for the rest: one transaction.

    Leaving the context without `commit()` rolls back. Functions given to `after_commit` run once, after it.
    `outbox` is what adapters/postgres/outbox.py has still to write, all at once, before the commit.
    """

    def __init__(self, engine: AsyncEngine, scope: Scope) -> None:
        self._engine = engine
        self.scope = scope
        self._connection: AsyncConnection | None = None
        self._raw: Raw | None = None
        self._session: AsyncSession | None = None
        self._before: list[AfterCommit] = []
        self.outbox: list[OutboxRow] = []
        self._after: list[AfterCommit] = []

    async def __aenter__(self) -> Self:
        connection = await self._engine.connect()
        try:
            checked_out = cast("Connection", connection.sync_connection).connection
            raw = cast("Raw", checked_out.driver_connection)
            await raw.execute(self.scope.begin())
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
        self._connection = connection
        self._raw = raw
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        connection, self._connection = self._connection, None
        raw, self._raw = self._raw, None
        if connection is None:
            return
        try:
            if session is not None:
                await session.close()
            if raw is not None and not raw.is_closed():
                await raw.execute("rollback")
        except BaseException:
            await connection.invalidate()  # nobody may get a connection with a transaction left on it
            raise
        finally:
            await connection.close()

    @property
    def raw(self) -> Raw:
        """The asyncpg connection, in the same transaction as `session`."""
        if self._raw is None:
            msg = "the unit of work is not open"
            raise RuntimeError(msg)
        return self._raw

    @property
    def session(self) -> AsyncSession:
        """Made at the first use; flushed by `commit`."""
        if self._session is None:
            self._session = AsyncSession(
                bind=self._connection, expire_on_commit=False, join_transaction_mode="control_fully"
            )
        return self._session

    def after_commit(self, action: AfterCommit) -> None:
        """Something that may be lost (a wake-up, an invalidation): it never undoes the commit."""
        self._after.append(action)

    def independent(self, role: DbRole = DbRole.SYSTEM) -> "Work":
        """Another unit of work, for what must survive a refusal of this one (guess counters, denials)."""
        return Work(
            self._engine, Scope(role=role, user_id=self.scope.user_id, store_ids=self.scope.store_ids)
        )

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails within is undone, and the transaction goes on."""
        told = len(self.outbox)
        await self.raw.execute("savepoint within")
        try:
            yield
        except Exception:
            del self.outbox[told:]
            await self.raw.execute("rollback to savepoint within")
            raise
        await self.raw.execute("release savepoint within")

    def before_commit(self, action: AfterCommit) -> None:
        """The last writes of the transaction, once; what they raise undoes it."""
        self._before.append(action)

    async def commit(self) -> None:
        """Flush and commit, then run what waited for it. The unit of work is over."""
        if self._session is not None:
            await self._session.flush()
        for action in self._before:
            await action()
        if await self.raw.execute("commit") != "COMMIT":  # but ROLLBACK, as a statement had failed before
            msg = "a transaction that had failed cannot be committed"
            raise RuntimeError(msg)
        self._raw = None
        actions, self._after = self._after, []
        for action in actions:
            try:
                await action()
            except Exception as error:
                log.info("after_commit_failed", error=f"{type(error).__name__}: {error}")

"""The unit of work: one transaction whose first statement sets role and scope, ended only by the edge."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias, cast
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shoplytics.kernel.access import DbRole

AfterCommit: TypeAlias = Callable[[], Awaitable[None]]
Raw: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

log = structlog.get_logger("shoplytics.postgres")

# The only place that switches role and scope, and only for the transaction (`true`): a setting made for the
# session would meet the next user of the pooled connection.
SET_SCOPE = (
    "select set_config('role', $1, true), set_config('app.user_id', $2, true),"
    " set_config('app.store_ids', $3, true)"
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which rows row-level security lets the transaction see."""

    role: DbRole
    user_id: UUID | None = None
    store_ids: tuple[UUID, ...] = ()

    def parameters(self) -> tuple[str, str, str]:
        stores = "{" + ",".join(str(s) for s in self.store_ids) + "}" if self.store_ids else ""
        return self.role.value, str(self.user_id or ""), stores


class Work:
    """`raw` speaks asyncpg for the hot and the contended, `session` SQLAlchemy for the rest: one transaction.

    Leaving the context without `commit()` rolls back. Functions given to `after_commit` run once, after it.
    """

    def __init__(self, engine: AsyncEngine, scope: Scope) -> None:
        self._engine = engine
        self.scope = scope
        self._connection: AsyncConnection | None = None
        self._raw: Raw | None = None
        self._session: AsyncSession | None = None
        self._after: list[AfterCommit] = []

    async def __aenter__(self) -> Self:
        connection = await self._engine.connect()
        try:
            await connection.exec_driver_sql(SET_SCOPE, self.scope.parameters())
            held = await connection.get_raw_connection()
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        self._raw = cast("Raw", held.driver_connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._connection is not None:
            await self._connection.close()
        self._connection = self._raw = self._session = None

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

    async def commit(self) -> None:
        """Flush and commit, then run what waited for it. The unit of work is over."""
        if self._session is not None:
            await self._session.flush()
        if self._connection is None:
            msg = "the unit of work is not open"
            raise RuntimeError(msg)
        await self._connection.commit()
        self._raw = None
        actions, self._after = self._after, []
        for action in actions:
            try:
                await action()
            except Exception as error:
                log.info("after_commit_failed", error=f"{type(error).__name__}: {error}")

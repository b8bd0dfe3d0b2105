"""The unit of work: one transaction whose first statement sets role and scope, ended only by the edge."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, cast
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

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


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which rows row-level security lets the transaction see.

    `keyed`, for the system alone: all that is asked in it is found by keys, and by asyncpg. Its connections
    are in the role from the start, and their plans are made once and for all values.
    """

    role: DbRole
    user_id: UUID | None = None
    store_ids: tuple[UUID, ...] = ()
    keyed: bool = False

    def __post_init__(self) -> None:
        if self.keyed and self.role is not DbRole.SYSTEM:
            msg = f"no connection is {self.role.value} from the start"
            raise ValueError(msg)

    def begin(self) -> str:
        """What begins its transaction; a role and UUIDs need no quoting."""
        if self.keyed:
            return "begin"
        stores = "{" + ",".join(str(store) for store in self.store_ids) + "}" if self.store_ids else ""
        user = "" if self.user_id is None else str(self.user_id)
        return BEGIN.format(self.role.value, user, stores)


class Loan(Protocol):
    """`raw` until it is given back, which happens once."""

    @property
    def raw(self) -> Raw: ...

    def session(self) -> AsyncSession:
        """In the transaction of `raw`. Raises RuntimeError where there is none to be had."""
        ...

    async def give_back(self, *, broken: bool = False) -> None:
        """`broken`: nobody may get it again."""
        ...


class Lender(Protocol):
    """Who has connections."""

    async def lend(self, scope: Scope) -> Loan:
        """One for the scope. Raises what says that none is to be had, or not in time."""
        ...


class Work:
    """`raw` speaks asyncpg for the hot and the contended, `session` SQLAlchemy for the rest: one transaction.

    A keyed one begins its transaction with the first use of `raw`; `reading` is for what needs none, and sees
    the same. Leaving the context without `commit()` rolls back. Functions given to `after_commit` run once,
    after it.
    `outbox` is what adapters/postgres/outbox.py has still to write, all at once, before the commit.
    """

    def __init__(self, lender: Lender, scope: Scope) -> None:
        self._lender = lender
        self.scope = scope
        self._loan: Loan | None = None
        self._begun = False
        self._over = False
        self._session: AsyncSession | None = None
        self._before: list[AfterCommit] = []
        self.outbox: list[OutboxRow] = []
        self._after: list[AfterCommit] = []

    async def __aenter__(self) -> Self:
        self._loan = await self._lender.lend(self.scope)
        if not self.scope.keyed:
            await self.begin()
        return self

    async def begin(self) -> Raw:
        """The connection, its transaction begun now if it was not before."""
        loan = self._open()
        if self._begun:
            return loan.raw
        try:
            await loan.raw.execute(self.scope.begin())
        except BaseException:  # it may have reached the server
            self._loan = None
            await loan.give_back(broken=True)
            raise
        self._begun = True
        return loan.raw

    def _open(self) -> Loan:
        if self._loan is None or self._over:
            msg = "the unit of work is not open"
            raise RuntimeError(msg)
        return self._loan

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        loan, self._loan = self._loan, None
        begun, self._begun = self._begun, False
        if loan is None:
            return
        try:
            if session is not None:
                await session.close()
            if begun and not loan.raw.is_closed():
                await loan.raw.execute("rollback")
        except BaseException:
            await loan.give_back(broken=True)  # nobody may get a connection with a transaction left on it
            raise
        await loan.give_back()

    @property
    def raw(self) -> Raw:
        """The asyncpg connection, in the same transaction as `session`."""
        loan = self._open()
        return loan.raw if self._begun else cast("Raw", _Beginning(self))

    @property
    def reading(self) -> Raw:
        """The same, for a statement that neither locks nor writes: no transaction is begun for it."""
        return self._open().raw

    @property
    def session(self) -> AsyncSession:
        """Made at the first use; flushed by `commit`."""
        if self._session is None:
            self._session = self._open().session()
        return self._session

    def after_commit(self, action: AfterCommit) -> None:
        """Something that may be lost (a wake-up, an invalidation): it never undoes the commit."""
        self._after.append(action)

    def independent(self, role: DbRole = DbRole.SYSTEM) -> "Work":
        """Another unit of work, for what must survive a refusal of this one (guess counters, denials)."""
        return Work(
            self._lender, Scope(role=role, user_id=self.scope.user_id, store_ids=self.scope.store_ids)
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
        loan = self._open()
        if self._session is not None:
            await self._session.flush()
        for action in self._before:
            await action()
        if self._begun and await loan.raw.execute("commit") != "COMMIT":  # but ROLLBACK: something had failed
            msg = "a transaction that had failed cannot be committed"
            raise RuntimeError(msg)
        self._begun, self._over = False, True
        actions, self._after = self._after, []
        for action in actions:
            try:
                await action()
            except Exception as error:
                log.info("after_commit_failed", error=f"{type(error).__name__}: {error}")


class _Beginning:
    """The connection of a unit of work that has not begun yet: its first statement does."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def ask(*values: object) -> Any:  # noqa: ANN401 - as asyncpg's
            return await getattr(await self._work.begin(), name)(*values)

        return ask

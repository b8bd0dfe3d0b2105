"""What the command line asks of identity."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, cast

from shoplytics.bootstrap import WITH_WORK, open_infra
from shoplytics.cli.terminal import Refused
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import Invalid, ShopError
from shoplytics.ports.identity import MadeAdmin
from shoplytics.settings import Settings


class _Administration(Protocol):
    async def ensure_admin(self, *, email: str, password: str, command: str) -> MadeAdmin: ...
    async def setup_token(self) -> str | None: ...


TAKEN_OVER = (
    "{email} had an account, which was taken over: it is a platform admin now, its password was replaced, its"
    " phone number, second factor and sign-in providers were removed, and its sessions ended"
)


@asynccontextmanager
async def administration(settings: Settings) -> AsyncIterator[_Administration]:
    """Committed when the block ends well. Raises Refused for what identity refuses."""
    async with open_infra(settings) as infra, infra.database.work(DbRole.SYSTEM) as work:
        try:
            yield cast("_Administration", WITH_WORK["identity"](infra, work))
            await work.commit()
        except Invalid as problem:
            raise Refused("; ".join(error.message for error in problem.errors) or str(problem)) from problem
        except ShopError as problem:
            raise Refused(str(problem)) from problem

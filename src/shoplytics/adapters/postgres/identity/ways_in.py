"""What opens an account beside its password, closed at once."""

from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.identity.accounts import VOID_CODES, VOID_TOKENS
from shoplytics.adapters.postgres.work import Work

TABLES = ("identity_recovery_code", "identity_totp", "identity_oidc_link", "identity_network")


class PgWaysIn:
    """See WaysIn in modules/identity/ports/__init__.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def close(self, *, user_id: UUID, now: datetime) -> None:
        for table in TABLES:
            await self._work.raw.execute(f"delete from {table} where user_id = $1", user_id)
        for statement in (VOID_TOKENS, VOID_CODES):
            await self._work.raw.execute(statement, user_id, now)

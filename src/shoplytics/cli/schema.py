"""Whether the schema is the one this code was written for."""

import asyncio

import asyncpg

from shoplytics.adapters.postgres.revision import current, head
from shoplytics.cli.terminal import Refused
from shoplytics.kernel.access import DbRole
from shoplytics.settings import Settings

_CONNECT_SECONDS = 5


def require_head(settings: Settings) -> None:
    """Raises Refused when the schema is another. A database that cannot be asked is left to /health/ready."""
    try:
        found = asyncio.run(_revision(settings))
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
        return
    except asyncpg.PostgresError as problem:
        message = f"PostgreSQL refuses: {problem}"
        raise Refused(message) from problem
    if found != head():
        message = f"the schema is at {found}, this version needs {head()}: run `shoplytics migrate`"
        raise Refused(message)


async def _revision(settings: Settings) -> str | None:
    connection = await asyncpg.connect(settings.database_url, timeout=_CONNECT_SECONDS)
    try:
        await connection.execute(f"set role {DbRole.SYSTEM.value}")
        return await current(connection)
    except asyncpg.InvalidParameterValueError:  # no such role: nothing has been migrated yet
        return None
    finally:
        await connection.close()

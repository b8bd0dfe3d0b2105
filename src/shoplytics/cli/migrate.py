"""`shoplytics migrate`: the roles and the schema, once for a whole deployment."""

import argparse
import asyncio
import getpass
import os
from urllib.parse import unquote, urlsplit

import asyncpg

from shoplytics.adapters.postgres.migrate import migrate
from shoplytics.adapters.postgres.revision import head
from shoplytics.cli.terminal import Refused, say
from shoplytics.settings import Settings
from shoplytics.supervisor.servers import revision, running


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Without an address the embedded server is meant: the running one, else one started for the moment."""
    with running(settings):
        try:
            changed = asyncio.run(_migrate(settings))
        except (OSError, TimeoutError, asyncpg.PostgresError) as problem:
            message = f"PostgreSQL refuses or does not answer: {problem}"
            raise Refused(message) from problem
    say(f"migrated to {head()}" if changed else f"nothing to do: the schema is at {head()}")
    return 0


async def _migrate(settings: Settings) -> bool:
    await revision(settings)  # makes an embedded database
    return await migrate(settings.owner_url, login=_login(settings.database_url))


def _login(url: str) -> str:
    """Whom the application signs in as: of the address, else as PostgreSQL's own tools do."""
    return unquote(urlsplit(url).username or "") or os.environ.get("PGUSER") or getpass.getuser()

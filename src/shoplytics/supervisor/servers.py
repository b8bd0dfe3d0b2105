"""The embedded servers as the command line needs them, and their database."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from shoplytics.adapters.embedded import AlreadyRunning, EmbeddedServers
from shoplytics.adapters.postgres.revision import current
from shoplytics.settings import DATABASE, Settings


def servers_of(settings: Settings) -> EmbeddedServers:
    """Not started; raises EmbeddedUnavailable when one that is wanted is not installed."""
    return EmbeddedServers(settings.home, redis_binary=settings.redis_binary, run=settings.embedded)


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """The servers meant by `settings`: given ones, those of a running `up`, else started for now."""
    if not settings.embedded:
        yield
        return
    servers = servers_of(settings)
    try:
        servers.start()
    except AlreadyRunning:
        yield
        return
    with servers:
        yield


async def revision(settings: Settings) -> str | None:
    """Of the schema, or None when there is none; an embedded database is made when it is not there."""
    try:
        connection = await asyncpg.connect(settings.owner_url)
    except asyncpg.InvalidCatalogNameError:
        if "postgres" not in settings.embedded:
            raise
        await _create_database(settings)
        return None
    try:
        return await current(connection)
    finally:
        await connection.close()


async def _create_database(settings: Settings) -> None:
    admin = await asyncpg.connect(servers_of(settings).postgres_url())
    try:
        await admin.execute(f'create database "{DATABASE}"')
    finally:
        await admin.close()

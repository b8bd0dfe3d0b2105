"""Brings a database to the newest schema: roles first, then Alembic, under one advisory lock.

Whether there is anything to do is asked of `revision`, which loads neither SQLAlchemy nor Alembic.
"""

import asyncio
import importlib
from typing import Any

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from shoplytics.adapters.postgres.revision import current, head, migrations_folder
from shoplytics.kernel.access import DbRole

LOCK = 7_309_218_441
STRAYED = """
    select oid::regprocedure::text from pg_proc
    where prosecdef and pronamespace = 'public'::regnamespace and proowner <> $1::text::regrole
"""
FIRST_WITH_INHERIT_OPTION = 160000  # GRANT ... WITH INHERIT FALSE, SET TRUE came with PostgreSQL 16


async def _create(connection: "asyncpg.Connection[asyncpg.Record]", role: str, options: str) -> None:
    try:
        await connection.execute(f"create role {role} {options}")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return


def _switch_only(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """What makes a grant one of switching to the role alone; empty where the server has no such thing."""
    new = connection.get_server_version().major * 10000 >= FIRST_WITH_INHERIT_OPTION
    return " with inherit false, set true" if new else ""


async def ensure_roles(connection: "asyncpg.Connection[asyncpg.Record]", login: str) -> None:
    """The five roles of docs/decisions/0004, and `login`'s right to become each, but never to inherit one."""
    quoted = '"' + login.replace('"', '""') + '"'
    exists = await connection.fetchval("select true from pg_roles where rolname = $1", login)
    if not exists:
        await _create(connection, quoted, "login nosuperuser nobypassrls nocreaterole nocreatedb")
    option = _switch_only(connection)
    if not option:  # a login that owns the database holds `create` by inheritance, which it is about to lose
        if login == await connection.fetchval("select current_user"):
            await connection.execute(f"grant create on schema public to {quoted}")
        await connection.execute(f"alter role {quoted} noinherit")
    for role in DbRole:
        await _create(connection, role.value, "nologin nosuperuser nobypassrls")
        try:
            await connection.execute(f"grant usage on schema public to {role.value}")
            await connection.execute(f"grant {role.value} to {quoted}{option}")
        except asyncpg.InternalServerError:  # "tuple concurrently updated": another database, same cluster
            await asyncio.sleep(0.2)
            await connection.execute(f"grant {role.value} to {quoted}{option}")


async def own_definers(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Functions that run with more rights than their caller belong to `shop_system`, never to the owner.

    After a restore they belong to whoever restored them, and see nothing until this has run.
    """
    strayed = [row[0] for row in await connection.fetch(STRAYED, DbRole.SYSTEM.value)]
    if not strayed:
        return
    system = DbRole.SYSTEM.value
    async with connection.transaction():
        if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            await connection.execute(f"grant {system} to current_user{_switch_only(connection)}")
        await connection.execute(f"grant create on schema public to {system}")
        for function in strayed:
            await connection.execute(f"alter function {function} owner to {system}")
        await connection.execute(f"revoke create on schema public from {system}")


def _upgrade(connection: Connection) -> None:
    command: Any = importlib.import_module("alembic.command")
    config: Any = importlib.import_module("alembic.config").Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def migrate(owner_url: str, *, login: str) -> bool:
    """Whether anything had to be done. `owner_url` owns the tables, `login` is the application's own name.

    Safe to run from many processes at once: the second waits, then finds nothing to do.
    """
    guard = await asyncpg.connect(owner_url)
    try:
        await guard.execute("select pg_advisory_lock($1)", LOCK)
        if await current(guard) == head():
            await own_definers(guard)
            return False
        await ensure_roles(guard, login)
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(owner_url)
        )
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
        await engine.dispose()
        await own_definers(guard)
        return True
    finally:
        await guard.close()

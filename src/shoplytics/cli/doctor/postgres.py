"""PostgreSQL: version, who we are there, the schema, the clock."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from shoplytics.adapters.postgres.revision import current, head
from shoplytics.cli.doctor.finding import FAIL, OK, WARN, Finding
from shoplytics.kernel.access import DbRole
from shoplytics.settings import Settings

OLDEST = 15
_WITH_SET_OPTION = 16
_CONNECT_SECONDS = 5
_CLOCK_SECONDS = 2.0

LOGIN = """
select r.rolname, r.rolsuper or r.rolbypassrls as unbound,
       exists (select from pg_tables where schemaname = 'public' and tableowner = r.rolname) as owner
  from pg_roles r where r.rolname = session_user
"""
ROLES = """
select rolname, pg_has_role(session_user, oid, $2) as may_become,
       pg_has_role(session_user, oid, 'usage') as inherited
  from pg_roles where rolname = any($1)
"""


async def examine(settings: Settings) -> Sequence[Finding]:
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        hint = "; is `shoplytics up` running?" if "postgres" in settings.embedded else ""
        return [Finding(FAIL, "postgres", f"no connection: {problem}{hint}")]
    try:
        return [
            _version(connection),
            *await _login(connection),
            await _clock(connection),
            await _schema(connection),
        ]
    finally:
        await connection.close()


def _version(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    version = connection.get_server_version()
    told = f"version {version.major}.{version.micro}"
    if version.major < OLDEST:
        return Finding(FAIL, "postgres", f"{told}: {OLDEST} or newer is needed")
    return Finding(OK, "postgres", told)


async def _login(connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Finding]:
    """Whether row-level security binds whom we sign in as (docs/decisions/0004)."""
    login = await connection.fetchrow(LOGIN)
    if login is None:
        return [Finding(FAIL, "login", "PostgreSQL does not know whom we signed in as")]
    how = "set" if connection.get_server_version().major >= _WITH_SET_OPTION else "member"
    roles = await connection.fetch(ROLES, [role.value for role in DbRole], how)
    found: list[Finding] = []
    missing = {role.value for role in DbRole} - {row["rolname"] for row in roles if row["may_become"]}
    if missing:
        found.append(Finding(FAIL, "login", f"may not become {', '.join(sorted(missing))}: run migrate"))
    if login["unbound"]:
        found.append(Finding(WARN, "login", f"{login['rolname']} is above row-level security: use another"))
    elif any(row["inherited"] for row in roles):
        found.append(Finding(WARN, "login", f"{login['rolname']} inherits roles: grant WITH INHERIT FALSE"))
    if login["owner"]:
        found.append(Finding(WARN, "login", f"{login['rolname']} owns the tables: better give two addresses"))
    return found or [Finding(OK, "login", f"{login['rolname']} owns nothing and may become the five roles")]


async def _clock(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    sent = time.monotonic()
    theirs: datetime = await connection.fetchval("select clock_timestamp()")
    middle = (time.monotonic() - sent) / 2
    apart = abs((datetime.now(UTC) - theirs).total_seconds() - middle)
    text = f"{apart:.1f} s apart from PostgreSQL's"
    return Finding(OK if apart < _CLOCK_SECONDS else WARN, "clock", text)


async def _schema(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    try:
        await connection.execute(f"set role {DbRole.SYSTEM.value}")
        found = await current(connection)
    except asyncpg.PostgresError:
        found = None
    if found == head():
        return Finding(OK, "schema", f"at its head, {found}")
    return Finding(FAIL, "schema", f"at {found}, this version needs {head()}: run `shoplytics migrate`")

"""Which revision a database has and which one this code knows.

The head is known from the file names (`0001_platform.py` is revision 0001), so that a start on an
up-to-date database needs one SELECT and loads neither SQLAlchemy nor Alembic.
"""

from pathlib import Path

import asyncpg

PACKAGE = Path(__file__).resolve().parents[2]


def migrations_folder() -> Path:
    """Inside the wheel `shoplytics/_migrations`, in a checkout `migrations`."""
    packed = PACKAGE / "_migrations"
    return packed if packed.is_dir() else PACKAGE.parents[1] / "migrations"


def head() -> str:
    """The newest revision this code knows."""
    return max(path.name[:4] for path in migrations_folder().glob("versions/[0-9]*.py"))


async def current(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """The database's revision, or None for an empty database."""
    try:
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return revision

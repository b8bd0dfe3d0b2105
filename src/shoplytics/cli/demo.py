"""What is said of the demo, and the note that spares a later start from loading it again."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.settings import Settings, demo_password

NAME = "demo.json"
IDENTITY = """
select system_identifier || '/' || (select oid from pg_database where datname = current_database())
  from pg_control_system()
"""


class Store(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    currency: str


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """`database` tells this database from any other, so that the note is not believed of an emptied one."""

    database: str
    owner_email: str
    stores: Sequence[Store]

    def words(self, settings: Settings) -> str:
        stores = "\n".join(
            f"  store          {store.id}  {store.slug}, {store.currency}" for store in self.stores
        )
        return f"""\
The demo is loaded; sign in as its owner:
  e-mail         {self.owner_email}
  password       {demo_password(settings.home)}
{stores}
"""


async def database_of(settings: Settings) -> str:
    """Which database this is, the same until it is dropped."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        return str(await connection.fetchval(IDENTITY))
    finally:
        await connection.close()


def noted(home: Path, database: str) -> Demo | None:
    """What an earlier start noted of this database."""
    try:
        demo = msgspec.json.decode((home / NAME).read_bytes(), type=Demo)
    except (OSError, msgspec.DecodeError):
        return None
    return demo if demo.database == database else None


def note(home: Path, demo: Demo) -> None:
    (home / NAME).write_bytes(msgspec.json.encode(demo) + b"\n")

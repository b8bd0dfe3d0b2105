"""What the reader of a mail wishes."""

import msgspec

from shoplytics.adapters.postgres.database import Database
from shoplytics.kernel.preferences import Preferences

WISHES = """
    select preferences::text from identity_user where lower(email) = $1 and deleted_at is null
"""


class PgReaders:
    """See Readers in ports/identity. Beside the unit of work, whose role may not see the reader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wishes(self, email: str) -> Preferences | None:
        pool = self._database.keyed()
        kept = await pool.fetchval(WISHES, email.lower())
        return None if kept is None else msgspec.json.decode(kept, type=Preferences)

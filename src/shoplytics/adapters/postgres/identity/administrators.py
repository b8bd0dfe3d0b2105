"""Who looks after the platform, for the other modules."""

from collections.abc import Sequence

from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.identity import UserCard

MOST = 50
ADMINISTRATORS = """
    select id, email, concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')), version
    from identity_user
    where platform_admin and email_verified_at is not null and disabled_at is null and deleted_at is null
    order by id limit $1
"""


class PgAdministrators:
    """See Administrators in ports/identity."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def administrators(self) -> Sequence[UserCard]:
        rows = await self._work.raw.fetch(ADMINISTRATORS, MOST)
        return [
            UserCard(id=row[0], email=row[1], name=row[2], version=row[3], email_verified=True)
            for row in rows
        ]

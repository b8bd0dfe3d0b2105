"""Who a user is, for the other modules: one row, without an object of the ORM."""

from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound
from shoplytics.ports.identity import UserCard

CARD = """
    select id, email, concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')), version,
        email_verified_at is not null
    from identity_user where id = $1 and deleted_at is null
"""


class PgUserCards:
    """See Users in ports/identity."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def card(self, user_id: UUID) -> UserCard:
        row = await self._work.reading.fetchrow(CARD, user_id)
        if row is None:
            raise NotFound
        ident, email, name, version, verified = row
        return UserCard(id=ident, email=email, name=name, version=version, email_verified=verified)

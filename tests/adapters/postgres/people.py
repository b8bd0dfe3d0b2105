"""Users and sessions put straight into the database."""

from datetime import timedelta
from uuid import UUID

from shoplytics.adapters.postgres.identity import PgLiveSessions, PgUsers
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import NewSession

MONTH = timedelta(days=30)
PHONE = "+442079460958"


def user(email: str = "ada@example.com", **fields: str) -> User:
    return User(email=email, created_at=utc_now(), password_hash="h", **fields)  # type: ignore[arg-type]


async def kept(infra: Infra, *users: User) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        for one in users:
            assert await PgUsers(work).add(one)
        await work.commit()


async def signed_in(infra: Infra, owner: User, refresh_hash: bytes = b"0" * 32) -> UUID:
    now = utc_now()
    session = NewSession(
        id=new_id(),
        user_id=owner.id,
        epoch=owner.token_epoch,
        user_agent="test",
        network=b"n" * 32,
        refresh_hash=refresh_hash,
        created_at=now,
        refresh_until=now + MONTH,
        expires_at=now + MONTH,
    )
    await PgLiveSessions(infra.database).open(session)
    return session.id

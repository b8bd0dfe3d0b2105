"""Users, their sessions and one-time tokens within the unit of work."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from shoplytics.adapters.postgres.models.identity import SessionRecord, UserRecord
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.modules.identity.domain.errors import UsernameTaken
from shoplytics.modules.identity.domain.users import User
from shoplytics.ports.identity import SessionView

FIELDS = tuple(User.__dataclass_fields__)
FIRST_ADMIN_LOCK = 7_309_218_442

LOCK_FIRST_ADMIN = "select pg_advisory_xact_lock($1)"
ANY_ADMIN = "select exists (select from identity_user where platform_admin and deleted_at is null)"

FORGET_ONE_TIME = "delete from identity_token where purpose = $1 and user_id is not distinct from $2"
ADD_ONE_TIME = """
    insert into identity_token (token_hash, purpose, user_id, created_at, expires_at)
    values ($1, $2, $3, $4, $5)
"""
USE_ONE_TIME = """
    update identity_token set used_at = $3
    where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
    returning true
"""

SWEEP_SESSIONS = "delete from identity_session where expires_at < $1 or revoked_at < $1"
SWEEP_REFRESH_TOKENS = "delete from identity_refresh_token where expires_at < $1"
SWEEP_ONE_TIME = "delete from identity_token where expires_at < $1"
SWEEP_GUESSES = "delete from identity_guess where latest_at < $1"


class Users(SQLAlchemyAsyncRepository[UserRecord]):
    model_type = UserRecord


def _user(record: UserRecord) -> User:
    return User(**{name: getattr(record, name) for name in FIELDS})


class PgUsers:
    """See UserRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, user: User) -> bool:
        statement = insert(UserRecord).values(asdict(user)).on_conflict_do_nothing().returning(UserRecord.id)
        session = self._work.session
        if await session.scalar(statement) is not None:
            return True
        if user.username is not None:
            same = func.lower(UserRecord.username) == user.username.lower()
            if await session.scalar(select(UserRecord.id).where(same)) is not None:
                raise UsernameTaken
        return False

    async def get(self, user_id: UUID) -> User:
        record = await self._one(UserRecord.id == user_id)
        if record is None:
            raise NotFound
        return _user(record)

    async def for_update(self, user_id: UUID) -> User:
        record = await self._one(UserRecord.id == user_id, lock=True)
        if record is None:
            raise NotFound
        return _user(record)

    async def by_email(self, email: str) -> User | None:
        record = await self._one(func.lower(UserRecord.email) == email.lower())
        return _user(record) if record else None

    async def save(self, user: User) -> None:
        record = await self._one(UserRecord.id == user.id)
        if record is None or record.version != user.version:
            raise Stale
        for name in FIELDS:
            setattr(record, name, getattr(user, name))
        record.updated_at = func.now()
        try:
            await self._work.session.flush()
        except StaleDataError:
            raise Stale from None
        except IntegrityError as error:
            if "identity_user_username" in str(error.orig):
                raise UsernameTaken from None
            raise
        user.version = record.version

    async def any_admin(self) -> bool:
        await self._work.raw.execute(LOCK_FIRST_ADMIN, FIRST_ADMIN_LOCK)
        return bool(await self._work.raw.fetchval(ANY_ADMIN))

    async def _one(self, condition: ColumnElement[bool], *, lock: bool = False) -> UserRecord | None:
        users = Users(session=self._work.session)
        return await users.get_one_or_none(
            condition, UserRecord.deleted_at.is_(None), with_for_update=lock or None
        )


class PgOwnSessions:
    """See SessionRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def of_user(
        self, *, user_id: UUID, now: datetime, before: UUID | None, limit: int
    ) -> Sequence[SessionView]:
        live = [
            SessionRecord.user_id == user_id,
            SessionRecord.revoked_at.is_(None),
            SessionRecord.expires_at > now,
        ]
        if before is not None:
            live.append(SessionRecord.id < before)
        newest = select(SessionRecord).where(*live).order_by(SessionRecord.id.desc()).limit(limit)
        found = await self._work.session.scalars(newest)
        return [
            SessionView(
                id=record.id,
                created_at=record.created_at,
                last_used_at=record.last_used_at,
                user_agent=record.user_agent,
                current=False,
            )
            for record in found
        ]

    async def revoke(self, *, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        ended = await self._work.session.scalar(
            update(SessionRecord)
            .where(
                SessionRecord.id == session_id,
                SessionRecord.user_id == user_id,
                SessionRecord.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoked_why="revoked")
            .returning(SessionRecord.id)
        )
        return ended is not None


class PgOneTimeTokens:
    """See TokenRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def replace(
        self, *, purpose: str, user_id: UUID | None, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        await self._work.raw.execute(FORGET_ONE_TIME, purpose, user_id)
        await self._work.raw.execute(ADD_ONE_TIME, token_hash, purpose, user_id, now, expires_at)

    async def use(self, *, purpose: str, token_hash: bytes, now: datetime) -> bool:
        return bool(await self._work.raw.fetchval(USE_ONE_TIME, token_hash, purpose, now))


class PgCleaner:
    """See Cleaner in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sweep(self, *, before: datetime) -> int:
        gone = 0
        for statement in (SWEEP_SESSIONS, SWEEP_REFRESH_TOKENS, SWEEP_ONE_TIME, SWEEP_GUESSES):
            status = await self._work.raw.execute(statement, before)
            gone += int(status.rpartition(" ")[2])
        return gone

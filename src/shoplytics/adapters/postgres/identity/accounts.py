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
from shoplytics.modules.identity.domain.errors import EmailTaken, UsernameTaken
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import KeptCode, NewToken, UsedToken
from shoplytics.ports.identity import SessionView

FIELDS = tuple(User.__dataclass_fields__)
FIRST_ADMIN_LOCK = 7_309_218_442

LOCK_FIRST_ADMIN = "select pg_advisory_xact_lock($1)"
ANY_ADMIN = "select exists (select from identity_user where platform_admin and deleted_at is null)"

HELD = "select exists (select from identity_username_hold where username = lower($1))"
HOLD = "insert into identity_username_hold (username) values (lower($1)) on conflict do nothing"
FORGET_ONE_TIME = "delete from identity_token where purpose = $1 and user_id is not distinct from $2"
ADD_ONE_TIME = """
    insert into identity_token (token_hash, purpose, user_id, created_at, expires_at)
    values ($1, $2, $3, $4, $5)
"""
USE_ONE_TIME = """
    update identity_token set used_at = $3
    where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
    returning user_id, detail ->> 'email' as email
"""
ADD_MAILED = """
    insert into identity_token (token_hash, purpose, user_id, detail, cause, created_at, expires_at)
    values ($1, $2, $3, jsonb_build_object('email', $4::text), $5, $6, $7)
    on conflict (cause) do nothing
    returning true
"""
VOID_TOKENS = """
    update identity_token set used_at = $2
    where user_id = $1 and used_at is null and purpose in ('verify_email', 'reset_password')
"""

ADD_CODE = """
    insert into identity_code (id, purpose, target, user_id, code_hash, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (id) do nothing
    returning true
"""
USE_CODE = """
    update identity_code set used_at = $2 where id = $1 and used_at is null and expires_at > $2 returning true
"""
VOID_CODES = "update identity_code set used_at = $2 where user_id = $1 and used_at is null"

REMEMBER_NETWORK = """
    insert into identity_network (user_id, network, seen_at) values ($1, $2, $3)
    on conflict (user_id, network) do update set seen_at = greatest(identity_network.seen_at, $3)
"""
RELEASE_PHONE = """
    update identity_user set phone_verified_at = null, version = version + 1, updated_at = now()
    where phone = $1 and phone_verified_at is not null and id <> $2
"""
REVOKE_OTHERS = """
    update identity_session set revoked_at = $3, revoked_why = 'revoked'
    where user_id = $1 and id <> $2 and revoked_at is null
"""
AUTHENTICATED = "update identity_session set authenticated_at = $3 where id = $2 and user_id = $1"

SWEEP_SESSIONS = "delete from identity_session where expires_at < $1 or revoked_at < $1"
SWEEP_REFRESH_TOKENS = "delete from identity_refresh_token where expires_at < $1"
SWEEP_ONE_TIME = "delete from identity_token where expires_at < $1"
SWEEP_CODES = "delete from identity_code where expires_at < $1"
SWEEP_NETWORKS = "delete from identity_network where seen_at < $1"
SWEEP_OIDC = "delete from identity_oidc_state where expires_at < $1"
SWEEP_HOLDS = "delete from identity_username_hold where held_at < $1"
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
        await self._not_held(user.username)
        statement = insert(UserRecord).values(asdict(user)).on_conflict_do_nothing().returning(UserRecord.id)
        session = self._work.session
        if await session.scalar(statement) is not None:
            return True
        if user.username is not None:
            same = func.lower(UserRecord.username) == user.username.lower()
            if await session.scalar(select(UserRecord.id).where(same)) is not None:
                raise UsernameTaken
            await self._work.raw.execute(HOLD, user.username)
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

    async def by_phone(self, phone: str) -> Sequence[User]:
        claimed = [UserRecord.phone == phone, UserRecord.deleted_at.is_(None)]
        found = await self._work.session.scalars(select(UserRecord).where(*claimed))
        return [_user(record) for record in found]

    async def release_phone(self, phone: str, *, to: UUID) -> None:
        await self._work.raw.execute(RELEASE_PHONE, phone, to)

    async def save(self, user: User) -> None:
        record = await self._one(UserRecord.id == user.id)
        if record is None or record.version != user.version:
            raise Stale
        if user.username != record.username:
            await self._not_held(user.username)
        for name in FIELDS:
            setattr(record, name, getattr(user, name))
        record.updated_at = func.now()
        try:
            await self._work.session.flush()
        except StaleDataError:
            raise Stale from None
        except IntegrityError as error:
            reason = str(error.orig)
            if "identity_user_username" in reason:
                raise UsernameTaken from None
            if "identity_user_email" in reason:
                raise EmailTaken from None
            raise
        user.version = record.version

    async def _not_held(self, username: str | None) -> None:
        """Raises UsernameTaken for one that somebody registered with an address that has an account."""
        if username is not None and await self._work.raw.fetchval(HELD, username):
            raise UsernameTaken

    async def any_admin(self) -> bool:
        await self._work.raw.execute(LOCK_FIRST_ADMIN, FIRST_ADMIN_LOCK)
        return bool(await self._work.raw.fetchval(ANY_ADMIN))

    async def _one(self, condition: ColumnElement[bool], *, lock: bool = False) -> UserRecord | None:
        users = Users(session=self._work.session)
        return await users.get_one_or_none(
            condition,
            UserRecord.deleted_at.is_(None),
            with_for_update=lock or None,
            execution_options={"populate_existing": True} if lock else None,
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

    async def revoke_others(self, *, user_id: UUID, keep: UUID, now: datetime) -> None:
        await self._work.raw.execute(REVOKE_OTHERS, user_id, keep, now)

    async def authenticated(self, *, user_id: UUID, session_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(AUTHENTICATED, user_id, session_id, now)


class PgNetworks:
    """See NetworkRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def remember(self, *, user_id: UUID, network: bytes, now: datetime) -> None:
        await self._work.raw.execute(REMEMBER_NETWORK, user_id, network, now)


class PgOneTimeTokens:
    """See TokenRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def replace(
        self, *, purpose: str, user_id: UUID | None, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        await self._work.raw.execute(FORGET_ONE_TIME, purpose, user_id)
        await self._work.raw.execute(ADD_ONE_TIME, token_hash, purpose, user_id, now, expires_at)

    async def add(self, token: NewToken) -> bool:
        values = (token.token_hash, token.purpose, token.user_id, token.email, token.cause)
        return bool(await self._work.raw.fetchval(ADD_MAILED, *values, token.created_at, token.expires_at))

    async def use(self, *, purpose: str, token_hash: bytes, now: datetime) -> UsedToken | None:
        row = await self._work.raw.fetchrow(USE_ONE_TIME, token_hash, purpose, now)
        return UsedToken(row["user_id"], row["email"]) if row else None

    async def void(self, *, user_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(VOID_TOKENS, user_id, now)


class PgCodes:
    """See CodeRepository in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, code: KeptCode) -> bool:
        values = (code.id, code.purpose, code.target, code.user_id, code.code_hash)
        return bool(await self._work.raw.fetchval(ADD_CODE, *values, code.created_at, code.expires_at))

    async def use(self, *, challenge_id: UUID, now: datetime) -> bool:
        return bool(await self._work.raw.fetchval(USE_CODE, challenge_id, now))

    async def void(self, *, user_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(VOID_CODES, user_id, now)


class PgCleaner:
    """See Cleaner in modules/identity/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sweep(self, *, before: datetime, unseen_since: datetime) -> int:
        ended = (
            SWEEP_SESSIONS,
            SWEEP_REFRESH_TOKENS,
            SWEEP_ONE_TIME,
            SWEEP_CODES,
            SWEEP_OIDC,
            SWEEP_GUESSES,
            SWEEP_HOLDS,
        )
        gone = 0
        for statement, moment in [*((one, before) for one in ended), (SWEEP_NETWORKS, unseen_since)]:
            status = await self._work.raw.execute(statement, moment)
            gone += int(status.rpartition(" ")[2])
        return gone

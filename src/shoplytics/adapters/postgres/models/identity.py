"""Identity's records."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from advanced_alchemy.base import DefaultBase
from sqlalchemy import TIMESTAMP, Dialect, FetchedValue, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shoplytics.kernel.preferences import Preferences

Moment = TIMESTAMP(timezone=True)


class Wishes(TypeDecorator[Preferences]):
    """A document in the database, a Struct here; fields that we do not know are ignored."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Preferences | None, dialect: Dialect) -> object:
        return msgspec.to_builtins(value)

    def process_result_value(self, value: object, dialect: Dialect) -> Preferences:
        return msgspec.convert(value or {}, Preferences)


class UserRecord(DefaultBase):
    """A row of `identity_user`; a save with an older `version` than the row's raises StaleDataError."""

    __tablename__ = "identity_user"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_verified_at: Mapped[datetime | None] = mapped_column(Moment)
    username: Mapped[str | None]
    phone: Mapped[str | None]
    phone_verified_at: Mapped[datetime | None] = mapped_column(Moment)
    first_name: Mapped[str]
    last_name: Mapped[str]
    date_of_birth: Mapped[date | None]
    preferences: Mapped[Preferences] = mapped_column(Wishes)
    avatar_key: Mapped[str | None]
    password_hash: Mapped[str | None]
    token_epoch: Mapped[int]
    platform_admin: Mapped[bool]
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment, server_default=FetchedValue())
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration


class SessionRecord(DefaultBase):
    """A row of `identity_session`."""

    __tablename__ = "identity_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_why: Mapped[str | None]

"""Tenancy's records."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import TIMESTAMP
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

Moment = TIMESTAMP(timezone=True)


class StoreRecord(DefaultBase):
    """A row of `tenancy_store`; a save with an older `version` than the row's raises StaleDataError."""

    __tablename__ = "tenancy_store"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str]
    logo_key: Mapped[str | None]
    currency: Mapped[str]
    timezone: Mapped[str]
    active: Mapped[bool]
    held: Mapped[bool]
    address: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    low_stock_threshold: Mapped[int]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration


class MemberRecord(DefaultBase):
    """A row of `tenancy_member`."""

    __tablename__ = "tenancy_member"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    user_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)

"""Stores within the unit of work."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from shoplytics.adapters.postgres.models.tenancy import MemberRecord, StoreRecord
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.modules.tenancy.domain import SlugTaken, Store

FIELDS = tuple(Store.__dataclass_fields__)


class Stores(SQLAlchemyAsyncRepository[StoreRecord]):
    model_type = StoreRecord


def _store(record: StoreRecord) -> Store:
    return Store(**{name: getattr(record, name) for name in FIELDS})


class PgStores:
    """See StoreRepository in modules/tenancy/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, store: Store) -> bool:
        statement = insert(StoreRecord).values(asdict(store)).on_conflict_do_nothing()
        added = await self._work.session.scalar(statement.returning(StoreRecord.id))
        return added is not None

    async def for_update(self, store_id: UUID) -> Store:
        return _store(await self._record(store_id))

    async def save(self, store: Store) -> None:
        record = await self._work.session.get(StoreRecord, store.id, with_for_update=True)
        if record is None:
            raise NotFound
        if record.version != store.version:
            raise Stale
        for name in FIELDS:
            setattr(record, name, getattr(store, name))
        try:
            await self._work.session.flush()
        except StaleDataError:
            raise Stale from None
        except IntegrityError as error:
            if "slug" in str(error.orig):
                raise SlugTaken from None
            raise
        store.version = record.version

    async def restore(self, *, store_id: UUID, owner_id: UUID) -> Store:
        restored = await self._work.session.scalar(
            update(StoreRecord)
            .where(
                StoreRecord.id == store_id,
                StoreRecord.owner_id == owner_id,
                StoreRecord.deleted_at.is_not(None),
                StoreRecord.held.is_(False),
            )
            .values(deleted_at=None, version=StoreRecord.version + 1, updated_at=func.now())
            .returning(StoreRecord)
        )
        if restored is None:
            raise NotFound
        return _store(restored)

    async def of_user(
        self, *, user_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[tuple[Store, StoreRole]]:
        statement = (
            select(StoreRecord, MemberRecord.role)
            .join(MemberRecord, MemberRecord.store_id == StoreRecord.id)
            .where(MemberRecord.user_id == user_id, StoreRecord.deleted_at.is_(None))
            .order_by(StoreRecord.id.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(StoreRecord.id < before)
        rows = await self._work.session.execute(statement)
        return [(_store(record), StoreRole(role)) for record, role in rows]

    async def _record(self, store_id: UUID) -> StoreRecord:
        found = await Stores(session=self._work.session).get_one_or_none(
            StoreRecord.id == store_id, StoreRecord.deleted_at.is_(None), with_for_update=True
        )
        if found is None:
            raise NotFound
        return found

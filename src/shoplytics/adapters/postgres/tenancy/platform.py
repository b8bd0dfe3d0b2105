"""Every store, for the platform's administrators."""

from collections.abc import Callable, Sequence
from uuid import UUID

from asyncpg import Record
from sqlalchemy import select

from shoplytics.adapters.postgres.models.tenancy import StoreRecord
from shoplytics.adapters.postgres.tenancy.facts import pattern_of
from shoplytics.adapters.postgres.tenancy.stores import FIELDS
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain import Store
from shoplytics.modules.tenancy.ports import StoreSearch
from shoplytics.ports.tenancy import AdminStoreView

COLUMNS = """
    select s.id, s.name, s.slug, s.description, s.currency, s.timezone, s.active, s.held, s.owner_id,
        (select count(*) from tenancy_member m where m.store_id = s.id) as members,
        s.created_at, s.updated_at, s.deleted_at, s.version, s.logo_key
    from tenancy_store s
"""
SEARCH = f"""{COLUMNS}
    where ($1::text is null or s.name ilike $1 or s.slug like $1)
        and ($2::boolean is null or s.active = $2) and (s.deleted_at is not null) = $3
        and ($4::uuid is null or s.id < $4)
    order by s.id desc limit $5
"""
ONE = f"{COLUMNS} where s.id = $1"


class PgAllStores:
    """See AllStores in modules/tenancy/ports.py."""

    def __init__(self, work: Work, *, link: Callable[[str], str]) -> None:
        """`link` makes the address of a picture."""
        self._work = work
        self._link = link

    async def search(self, wanted: StoreSearch) -> Sequence[AdminStoreView]:
        rows = await self._work.raw.fetch(
            SEARCH, pattern_of(wanted.q), wanted.active, wanted.deleted, wanted.before, wanted.limit
        )
        return [self._view(row) for row in rows]

    async def get(self, store_id: UUID) -> AdminStoreView:
        row = await self._work.raw.fetchrow(ONE, store_id)
        if row is None:
            raise NotFound
        return self._view(row)

    def _view(self, row: Record) -> AdminStoreView:
        values = dict(row)
        key = values.pop("logo_key")
        return AdminStoreView(**values, logo_url=self._link(key) if key else None)

    async def for_update(self, store_id: UUID) -> Store:
        found = await self._work.session.scalar(
            select(StoreRecord).where(StoreRecord.id == store_id).with_for_update()
        )
        if found is None:
            raise NotFound
        return Store(**{name: getattr(found, name) for name in FIELDS})

"""Short questions about stores, asked on every other request."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole, StoreRole
from shoplytics.kernel.errors import NotFound
from shoplytics.ports.tenancy import StoreFacts, StoreProfile

FACTS = """
    select id, name, slug, currency, timezone, active, low_stock_threshold
    from tenancy_store where id = $1 and deleted_at is null
"""
OPEN = "select id from tenancy_store where id = any($1::uuid[]) and active and deleted_at is null"
OF_USER = """
    select m.store_id, m.role
    from tenancy_member m join tenancy_store s on s.id = m.store_id
    where m.user_id = $1 and s.deleted_at is null
"""
PROFILE = """
    select id, name, slug, description, currency, version, logo_key
    from tenancy_store where id = $1 and active and deleted_at is null
"""
PROFILES = """
    select id, name, slug, description, currency, version, logo_key
    from tenancy_store
    where active and deleted_at is null and ($1::uuid is null or id < $1)
        and ($3::text is null or name ilike $3 or slug like $3)
    order by id desc limit $2
"""
COUNT = """
    select count(*) from tenancy_store
    where active and deleted_at is null and ($1::text is null or name ilike $1 or slug like $1)
"""

FRESH_SECONDS = 1.0
FACTS_KEPT = 10_000


def pattern_of(part: str | None) -> str | None:
    """For `like`: anything that holds the part, whose own wildcards mean themselves."""
    if part is None:
        return None
    plain = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


class PgStoreDirectory:
    """See StoreDirectory in ports/tenancy.py; in the unit of work, within its scope."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def facts(self, store_id: UUID) -> StoreFacts:
        row = await self._work.raw.fetchrow(FACTS, store_id)
        if row is None:
            raise NotFound
        return StoreFacts(**row)


class PgOpenStores:
    """See OpenStores in ports/tenancy.py; the caller's role must see every store."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def among(self, store_ids: Sequence[UUID]) -> Collection[UUID]:
        return {row[0] for row in await self._work.reading.fetch(OPEN, list(store_ids))}


class RecentStoreDirectory:
    """The same outside any unit of work, for hot paths: what it says may be one second old."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._kept: dict[UUID, tuple[float, StoreFacts]] = {}

    async def facts(self, store_id: UUID) -> StoreFacts:
        now = self._monotonic()
        kept = self._kept.get(store_id)
        if kept is not None and kept[0] > now:
            return kept[1]
        pool = self._database.keyed()
        row = await pool.fetchrow(FACTS, store_id)
        if row is None:
            self._kept.pop(store_id, None)
            raise NotFound
        if len(self._kept) >= FACTS_KEPT:
            self._kept.clear()
        facts = StoreFacts(**row)
        self._kept[store_id] = (now + FRESH_SECONDS, facts)
        return facts


class PgMemberships:
    """See Memberships in ports/tenancy.py. A deleted store has no members."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: UUID) -> Mapping[UUID, StoreRole]:
        pool = self._database.keyed()
        rows = await pool.fetch(OF_USER, user_id)
        return {row["store_id"]: StoreRole(row["role"]) for row in rows}


class PgDirectory:
    """See Directory in modules/tenancy/ports.py; reads as `shop_public`. `link` makes a key an address."""

    def __init__(self, database: Database, *, link: Callable[[str], str]) -> None:
        self._database = database
        self._link = link

    async def profile(self, store_id: UUID) -> StoreProfile:
        pool = self._database.pool(DbRole.PUBLIC)
        row = await pool.fetchrow(PROFILE, store_id)
        if row is None:
            raise NotFound
        return self._profile(row)

    async def profiles(self, *, q: str | None, before: UUID | None, limit: int) -> Sequence[StoreProfile]:
        pool = self._database.pool(DbRole.PUBLIC)
        rows = await pool.fetch(PROFILES, before, limit, pattern_of(q))
        return [self._profile(row) for row in rows]

    async def count(self, *, q: str | None) -> int:
        pool = self._database.pool(DbRole.PUBLIC)
        found: int = await pool.fetchval(COUNT, pattern_of(q))
        return found

    def _profile(self, row: asyncpg.Record) -> StoreProfile:
        key = row["logo_key"]
        return StoreProfile(
            id=row["id"],
            name=row["name"],
            slug=row["slug"],
            description=row["description"],
            currency=row["currency"],
            version=row["version"],
            logo_url=self._link(key) if key else None,
        )

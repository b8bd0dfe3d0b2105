"""Trees of categories. A whole tree is read in one statement and changed in one."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.domain import Category
from shoplytics.ports.catalog import CategoryView

FIELDS = """c.id, c.store_id, c.parent_id, c.name, c.slug, c.path, c.description, c.position, c.version,
    c.created_at, c.updated_at"""
PLATFORM = "platform"
LOCK_TREE = "select pg_advisory_xact_lock(hashtextextended('catalog categories ' || $1::text, 0))"
# Beside others of the kind, and not while somebody changes the tree.
LOCK_TREE_SHARED = (
    "select pg_advisory_xact_lock_shared(hashtextextended('catalog categories ' || $1::text, 0))"
)
# `is not distinct from` finds no index, hence each statement twice.
OF_STORE = "c.store_id = $1::uuid"
OF_PLATFORM = "c.store_id is null and $1::uuid is null"
_rows = f"select {FIELDS}, c.deleted_at from catalog_category c where {{}} and c.deleted_at is null"
ROWS_OF_STORE = _rows.format(OF_STORE)
ROWS_OF_PLATFORM = _rows.format(OF_PLATFORM)
_deleted = f"""
    with recursive gone as (
        select c.* from catalog_category c where {{tree}} and c.id = $2 and c.deleted_at is not null
        union all
        select c.* from gone g
        join catalog_category c on c.parent_id = g.id and {{tree}} and c.deleted_at = g.deleted_at
    )
    select {FIELDS}, c.deleted_at from gone c
"""
DELETED_OF_STORE = _deleted.format(tree=OF_STORE)
DELETED_OF_PLATFORM = _deleted.format(tree=OF_PLATFORM)
_ordered = f"""
    with recursive tree as (
        select c.*, array[c.position] as place from catalog_category c
        where {{tree}} and c.parent_id is null and c.deleted_at is null
        union all
        select c.*, t.place || c.position from tree t
        join catalog_category c on c.parent_id = t.id and {{tree}} and c.deleted_at is null
    )
    select {FIELDS}, cardinality(c.place) as depth from tree c order by c.place
"""
TREE_OF_STORE = _ordered.format(tree=OF_STORE)
TREE_OF_PLATFORM = _ordered.format(tree=OF_PLATFORM)
# The rule of shop_public lets only active stores be seen.
ACTIVE = f"{OF_STORE} and exists (select from catalog_store s where s.store_id = $1)"
PUBLIC_TREE_OF_STORE = _ordered.format(tree=ACTIVE)
_one = f"""
    select {FIELDS}, cardinality(string_to_array(c.path, '/')) as depth from catalog_category c
    where {{}} and c.id = $2 and c.deleted_at is null
"""
ONE_OF_STORE = _one.format(OF_STORE)
ONE_OF_PLATFORM = _one.format(OF_PLATFORM)
ADD = """
    insert into catalog_category
        (id, store_id, parent_id, name, slug, path, description, position, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
SAVE = """
    update catalog_category c set parent_id = g.parent_id, name = g.name, slug = g.slug, path = g.path,
        description = g.description, position = g.position, version = g.version, updated_at = g.updated_at,
        deleted_at = g.deleted_at
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
            $9::timestamptz[], $10::timestamptz[])
        g (id, parent_id, name, slug, path, description, position, version, updated_at, deleted_at)
    where c.id = g.id
"""
EMPTY = """
    with full_ones as (
        select id from catalog_product
        where category_id = any($1::uuid[]) and ($3::uuid is null or store_id = $3)
        order by id for no key update
    )
    update catalog_product p set category_id = $2, version = p.version + 1
    from full_ones f where p.id = f.id
"""
FIND = """
    select c.id from catalog_category c
    where (c.store_id = $1 or c.store_id is null) and (c.id = $2::uuid or c.path = $3::text)
        and c.deleted_at is null
    order by c.store_id nulls last limit 1 for share
"""


def _view(row: asyncpg.Record) -> CategoryView:
    return CategoryView(**row)


class PgPublicCategories:
    """See PublicCategories in modules/catalog/ports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def categories(self, store_id: UUID | None) -> list[CategoryView]:
        pool = self._database.pool(DbRole.PUBLIC)
        statement = PUBLIC_TREE_OF_STORE if store_id else TREE_OF_PLATFORM
        return [_view(row) for row in await pool.fetch(statement, store_id)]


class PgCategories:
    """See CategoryRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def categories(self, store_id: UUID | None) -> list[CategoryView]:
        statement = TREE_OF_STORE if store_id else TREE_OF_PLATFORM
        return [_view(row) for row in await self._work.raw.fetch(statement, store_id)]

    async def category(self, *, store_id: UUID | None, category_id: UUID) -> CategoryView | None:
        statement = ONE_OF_STORE if store_id else ONE_OF_PLATFORM
        row = await self._work.raw.fetchrow(statement, store_id, category_id)
        return None if row is None else _view(row)

    async def tree(self, store_id: UUID | None) -> list[Category]:
        await self._work.raw.execute(LOCK_TREE, str(store_id or PLATFORM))
        statement = ROWS_OF_STORE if store_id else ROWS_OF_PLATFORM
        return [Category(**row) for row in await self._work.raw.fetch(statement, store_id)]

    async def deleted_with(self, *, store_id: UUID | None, category_id: UUID) -> list[Category]:
        statement = DELETED_OF_STORE if store_id else DELETED_OF_PLATFORM
        rows = await self._work.raw.fetch(statement, store_id, category_id)
        return [Category(**row) for row in rows]

    async def add(self, category: Category) -> None:
        c = category
        await self._work.raw.execute(
            ADD, c.id, c.store_id, c.parent_id, c.name, c.slug, c.path, c.description, c.position, c.version,
            c.created_at, c.updated_at,
        )  # fmt: skip

    async def save(self, changed: Sequence[Category]) -> None:
        if not changed:
            return
        await self._work.raw.execute(
            SAVE, [c.id for c in changed], [c.parent_id for c in changed], [c.name for c in changed],
            [c.slug for c in changed], [c.path for c in changed], [c.description for c in changed],
            [c.position for c in changed], [c.version for c in changed], [c.updated_at for c in changed],
            [c.deleted_at for c in changed],
        )  # fmt: skip

    async def empty(self, categories: Sequence[UUID], *, into: UUID | None, store_id: UUID | None) -> None:
        await self._work.raw.execute(EMPTY, list(categories), into, store_id)

    async def find(self, *, store_id: UUID, text: str) -> UUID | None:
        try:
            category_id, path = UUID(text), None
        except ValueError:
            category_id, path = None, text
        found: UUID | None = await self._work.raw.fetchval(FIND, store_id, category_id, path)
        return found

"""A store's attributes, and what lists find by them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.catalog.domain import Attribute, AttributeKind, CodeTaken, KindKept

FIELDS = """a.id, a.store_id, a.code, a.name, a.kind, a.unit, a.choices, a.category_id, a.product_type,
    a.required, a.filterable, a.position, a.version, a.created_at, a.updated_at"""
LIST = f"""
    select {FIELDS} from catalog_attribute a where a.store_id = $1 and a.deleted_at is null
    order by a.position, a.code
"""
ONE = f"""
    select {FIELDS} from catalog_attribute a
    where a.store_id = $1 and a.id = $2 and a.deleted_at is null for update
"""
# Of a product in category `pc` and of the type in $3; `ac` is the attribute's category.
APPLYING = f"""
    select {FIELDS} from catalog_attribute a
    left join catalog_category ac on ac.id = a.category_id
    left join catalog_category pc on pc.id = $2
    where a.store_id = $1 and a.deleted_at is null
        and (a.product_type is null or a.product_type = $3)
        and (a.category_id is null
            or ac.deleted_at is null and pc.store_id is not distinct from ac.store_id
            and (pc.path = ac.path or starts_with(pc.path, ac.path || '/')))
    order by a.position, a.code for share of a
"""
OTHER_KIND = """
    select exists (
        select from catalog_attribute
        where store_id = $1 and code = $2 and kind <> $3 and deleted_at is not null
    )
"""
ADD = """
    insert into catalog_attribute (id, store_id, code, name, kind, unit, choices, category_id, product_type,
        required, filterable, position, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
SAVE = """
    update catalog_attribute set name = $3, unit = $4, choices = $5, category_id = $6, product_type = $7,
        required = $8, filterable = $9, position = $10, version = $11, updated_at = $12
    where store_id = $1 and id = $2
"""
DELETE = """
    update catalog_attribute set deleted_at = $3, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is null returning code
"""
RESTORE = """
    update catalog_attribute set deleted_at = null, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is not null returning code
"""
USERS = """
    select count(*) from catalog_product
    where store_id = $1 and deleted_at is null
        and (attributes ->> $2 = any($3::text[]) or attributes -> $2 ?| $3::text[])
"""
FIND_BY_IT = """
    with locked as (
        select id from catalog_product where store_id = $1 and attributes ? $2 order by id for no key update
    )
    update catalog_product p set facts = catalog_facts(p.store_id, p.attributes)
    from locked where p.id = locked.id
        and p.facts is distinct from catalog_facts(p.store_id, p.attributes)
"""


def attribute_of(row: asyncpg.Record) -> Attribute:
    return Attribute(**{**row, "kind": AttributeKind(row["kind"])})


class PgAttributes:
    """See AttributeRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def attributes(self, store_id: UUID) -> list[Attribute]:
        return [attribute_of(row) for row in await self._work.raw.fetch(LIST, store_id)]

    async def attribute(self, *, store_id: UUID, attribute_id: UUID) -> Attribute:
        row = await self._work.raw.fetchrow(ONE, store_id, attribute_id)
        if row is None:
            raise NotFound
        return attribute_of(row)

    async def applying(
        self, *, store_id: UUID, category_id: UUID | None, product_type: str
    ) -> Sequence[Attribute]:
        rows = await self._work.raw.fetch(APPLYING, store_id, category_id, product_type)
        return [attribute_of(row) for row in rows]

    async def add(self, attribute: Attribute) -> None:
        a = attribute
        if await self._work.raw.fetchval(OTHER_KIND, a.store_id, a.code, a.kind.value):
            raise KindKept
        try:
            await self._work.raw.execute(
                ADD, a.id, a.store_id, a.code, a.name, a.kind.value, a.unit, list(a.choices), a.category_id,
                a.product_type, a.required, a.filterable, a.position, a.version, a.created_at, a.updated_at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise CodeTaken from None
        await self._work.raw.execute(FIND_BY_IT, a.store_id, a.code)

    async def save(self, attribute: Attribute) -> None:
        a = attribute
        await self._work.raw.execute(
            SAVE, a.store_id, a.id, a.name, a.unit, list(a.choices), a.category_id, a.product_type,
            a.required, a.filterable, a.position, a.version, a.updated_at,
        )  # fmt: skip
        await self._work.raw.execute(FIND_BY_IT, a.store_id, a.code)

    async def users(self, *, store_id: UUID, code: str, choices: Sequence[str]) -> int:
        found: int = await self._work.raw.fetchval(USERS, store_id, code, list(choices))
        return found

    async def delete(self, *, store_id: UUID, attribute_id: UUID, now: datetime) -> bool:
        return await self._flip(DELETE, store_id, attribute_id, now)

    async def restore(self, *, store_id: UUID, attribute_id: UUID, now: datetime) -> bool:
        try:
            return await self._flip(RESTORE, store_id, attribute_id, now)
        except asyncpg.UniqueViolationError:
            raise CodeTaken from None

    async def _flip(self, statement: str, store_id: UUID, attribute_id: UUID, now: datetime) -> bool:
        code = await self._work.raw.fetchval(statement, store_id, attribute_id, now)
        if code is not None:
            await self._work.raw.execute(FIND_BY_IT, store_id, code)
        return code is not None

"""The store's own side of the catalogue: products, variants and offers in one unit of work."""

from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.catalog.adding import add_products
from shoplytics.adapters.postgres.catalog.filters import OWN
from shoplytics.adapters.postgres.catalog.lists import found, parameters, statement_of
from shoplytics.adapters.postgres.catalog.offers import PgOffers
from shoplytics.adapters.postgres.catalog.rows import DETAIL_COLUMNS, Link, detail
from shoplytics.adapters.postgres.catalog.variants import lock_variants
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import Conflict
from shoplytics.modules.catalog.domain import (
    NewProduct,
    ProductChange,
    SkuTaken,
    SlugTaken,
)
from shoplytics.modules.catalog.ports import FoundProducts, ProductQuery
from shoplytics.ports.catalog import ProductView
from shoplytics.ports.tenancy import StoreFacts

# Who makes a product of the same title at the same time waits here, then sees the slug that was taken.
LOCK_SLUG = (
    "select pg_advisory_xact_lock(hashtextextended('catalog slug ' || $1::text || ' ' || $2::text, 0))"
)
SLUGS_LIKE = """
    select slug from catalog_product
    where store_id = $1 and id <> $3 and deleted_at is null and (slug = $2 or starts_with(slug, $2 || '-'))
"""
VIEW = f"""
    select {DETAIL_COLUMNS},
        array(
            select (v.id, v.title, v.options::text, v.position, o.id, o.store_id, o.store_name, o.sku,
                    o.price, o.compare_at, o.available, o.active)
            from catalog_variant v
            left join (
                select o.*, o.on_hand - o.reserved as available, s.name as store_name
                from catalog_offer o join catalog_store s using (store_id)
                where o.deleted_at is null
            ) o on o.variant_id = v.id and o.store_id = p.store_id
            where v.store_id = p.store_id and v.product_id = p.id and v.deleted_at is null
            order by v.position, v.id, o.id
        ) as variants,
        p.version
    from catalog_product p
    where p.store_id = $1 and p.id = $2 and p.deleted_at is null
"""
DELETE = """
    update catalog_product set deleted_at = $3, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is null
"""
# Offers of other stores stay: what blocks them is read from the product.
DELETE_OFFERS = """
    with locked as (
        select id from catalog_offer where store_id = $1 and product_id = $2 and deleted_at is null
        order by id for no key update
    )
    update catalog_offer o set deleted_at = $3, updated_at = $3, version = o.version + 1
    from locked where o.store_id = $1 and o.id = locked.id
"""
RESTORE_OFFERS = """
    with locked as (
        select o.id from catalog_offer o join catalog_product p on p.id = o.product_id
        where o.store_id = $1 and o.product_id = $2 and p.store_id = $1 and o.deleted_at = p.deleted_at
        order by o.id for no key update of o
    )
    update catalog_offer o set deleted_at = null, updated_at = $3, version = o.version + 1
    from locked where o.store_id = $1 and o.id = locked.id
"""
RESTORE = """
    update catalog_product set deleted_at = null, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is not null
"""
CHANGEABLE = frozenset({
    "title", "slug", "description", "vendor", "product_type", "tags", "featured", "active", "published_at",
    "image_url", "category_id", "attributes", "marketplace",
})  # fmt: skip


def _set(column: str, place: int) -> str:
    """Attributes are added to what is there, and those that are null are taken away."""
    if column == "attributes":
        return f", attributes = jsonb_strip_nulls(attributes || ${place}::jsonb)"
    return f", {column} = ${place}"


def refused(error: asyncpg.UniqueViolationError) -> Conflict:
    """Which of the two keys a person chooses was taken. Raises the error itself for any other."""
    taken = {"catalog_product_slug": SlugTaken, "catalog_offer_sku": SkuTaken}.get(
        error.constraint_name or ""
    )
    if taken is None:
        raise error
    return taken()


class PgCatalog(PgOffers):
    """See CatalogRepository in modules/catalog/ports. Offers are locked before products."""

    def __init__(self, work: Work, *, link: Link) -> None:
        super().__init__(work)
        self._link = link

    async def add(self, product: NewProduct, *, store: StoreFacts) -> None:
        try:
            async with self._work.savepoint():
                await add_products(self._work.raw, [product], store=store, reason="initial")
        except asyncpg.UniqueViolationError as error:
            raise refused(error) from None

    async def free_slug(self, *, store_id: UUID, slug: str, product_id: UUID) -> str:
        await self._work.raw.execute(LOCK_SLUG, str(store_id), slug)
        taken = {row[0] for row in await self._work.raw.fetch(SLUGS_LIKE, store_id, slug, product_id)}
        number, free = 2, slug
        while free in taken:
            free = f"{slug}-{number}"
            number += 1
        return free

    async def view(self, *, store_id: UUID, product_id: UUID) -> ProductView | None:
        row = await self._work.raw.fetchrow(VIEW, store_id, product_id)
        return None if row is None else detail(row, self._link)

    async def products(self, query: ProductQuery) -> FoundProducts:
        names, values = parameters(query)
        return found(await self._work.raw.fetch(statement_of(OWN, query, names), *values), query, self._link)

    async def change(self, change: ProductChange, *, now: datetime) -> bool:
        columns = [name for name in change.fields if name in CHANGEABLE]
        sets = "".join(_set(name, place) for place, name in enumerate(columns, start=5))
        statement = (
            f"update catalog_product set version = version + 1, updated_at = $4{sets}"
            " where store_id = $1 and id = $2 and deleted_at is null and ($3::int is null or version = $3)"
        )
        values = [change.fields[name] for name in columns]
        try:
            done = await self._work.raw.execute(
                statement, change.store_id, change.product_id, change.version, now, *values
            )
        except asyncpg.UniqueViolationError as error:
            raise refused(error) from None
        return done == "UPDATE 1"

    async def delete(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool:
        await lock_variants(self._work.raw, store_id=store_id, product_id=product_id)
        await self._work.raw.execute(DELETE_OFFERS, store_id, product_id, now)
        done = await self._work.raw.execute(DELETE, store_id, product_id, now)
        return done == "UPDATE 1"

    async def restore(self, *, store_id: UUID, product_id: UUID, now: datetime) -> bool:
        await lock_variants(self._work.raw, store_id=store_id, product_id=product_id)
        try:
            await self._work.raw.execute(RESTORE_OFFERS, store_id, product_id, now)
            done = await self._work.raw.execute(RESTORE, store_id, product_id, now)
        except asyncpg.UniqueViolationError as error:
            raise refused(error) from None
        await self.refresh([product_id])
        return done == "UPDATE 1"

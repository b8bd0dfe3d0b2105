"""Public reads: one statement on a connection that is `shop_public` from the start."""

from uuid import UUID

from shoplytics.adapters.postgres.catalog.filters import PUBLIC
from shoplytics.adapters.postgres.catalog.lists import found, parameters, statement_of
from shoplytics.adapters.postgres.catalog.rows import DETAIL_COLUMNS, Link, detail
from shoplytics.adapters.postgres.database import Database, Plans
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.ports import FoundProducts, ProductQuery
from shoplytics.ports.catalog import ProductView

# The version is a number made of everything that is shown and changes without the product's own: it differs
# when any of them does, which is all that an ETag has to say.
DETAIL = f"""
    select {DETAIL_COLUMNS},
        array(
            select (v.id, v.title, v.options::text, v.position, o.id, o.store_id, o.store_name, o.sku,
                    o.price, o.compare_at, o.available, true)
            from catalog_variant v
            left join (
                select o.*, o.on_hand - o.reserved as available, s.name as store_name
                from catalog_offer o join catalog_store s on s.store_id = o.store_id and s.active
                where o.active and o.deleted_at is null and o.price is not null
            ) o on o.variant_id = v.id and (p.marketplace or o.store_id = p.store_id)
            where v.product_id = p.id and v.deleted_at is null
            order by v.position, v.id, (o.available > 0) desc, o.price, (o.store_id = p.store_id) desc, o.id
        ) as variants,
        hashtextextended(concat_ws(',',
            (select string_agg(concat_ws(':', o.id, o.version, s.version), ' ' order by o.id)
             from catalog_offer o join catalog_store s on s.store_id = o.store_id and s.active
             where o.product_id = p.id and o.active and o.deleted_at is null),
            (select c.version from catalog_category c where c.id = p.category_id),
            p.rating, p.review_count
        ), p.version) & 9007199254740991 as version
    from catalog_product p
    where p.id = $1 and p.published
"""


# Filters that leave only one sensible plan. Of the others the values decide: a tag of every second product
# wants another plan than one of ten products.
PLAIN = frozenset({"store_id", "currency"})


class PgPublicCatalog:
    """See modules/catalog/ports."""

    def __init__(self, database: Database, *, link: Link) -> None:
        self._database = database
        self._link = link

    async def products(self, query: ProductQuery) -> FoundProducts:
        names, values = parameters(query)
        pool = self._database.pool(DbRole.PUBLIC, plans=Plans.AUTO if PLAIN.issuperset(names) else Plans.EACH)
        return found(await pool.fetch(statement_of(PUBLIC, query, names), *values), query, self._link)

    async def product(self, product_id: UUID) -> ProductView | None:
        pool = self._database.pool(DbRole.PUBLIC)
        row = await pool.fetchrow(DETAIL, product_id)
        return None if row is None else detail(row, self._link)

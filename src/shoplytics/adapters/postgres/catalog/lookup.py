"""What other modules may ask of the catalogue, in their own unit of work."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.ports.catalog import CatalogLookup, SoldItem

BY_SKU = """
    select sku, product_id, variant_id from catalog_offer
    where store_id = $1 and sku = any($2::text[]) and deleted_at is null
"""
TITLES = """
    select p.id, p.title from catalog_product p
    where p.id = any($2::uuid[])
      and (p.store_id = $1 or exists (
          select from catalog_offer o where o.product_id = p.id and o.store_id = $1 and o.deleted_at is null))
"""
CATEGORIES = """
    select id from catalog_category
    where id = any($2::uuid[]) and (store_id = $1 or store_id is null) and deleted_at is null
"""


class PgCatalogLookup:
    """See ports/catalog.py. Titles of deleted products are still told: old sales carry their names."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> Mapping[str, SoldItem]:
        rows = await self._work.raw.fetch(BY_SKU, store_id, list(skus))
        return {sku: SoldItem(product_id=product, variant_id=variant) for sku, product, variant in rows}

    async def titles(self, *, store_id: UUID, product_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        rows = await self._work.raw.fetch(TITLES, store_id, list(product_ids))
        return {product: title for product, title in rows}  # noqa: C416 - records are not pairs to dict()

    async def categories(self, *, store_id: UUID, category_ids: Sequence[UUID]) -> Collection[UUID]:
        return [row["id"] for row in await self._work.raw.fetch(CATEGORIES, store_id, list(category_ids))]


def catalog_lookup(work: Work) -> CatalogLookup:
    """The catalogue's answers within `work`'s scope and transaction."""
    return PgCatalogLookup(work)

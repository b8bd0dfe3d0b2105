"""The categories and attributes by which a store sorts its products, read whole."""

from collections.abc import Sequence
from uuid import UUID

from shoplytics.adapters.postgres.catalog.attributes import FIELDS, LIST, attribute_of
from shoplytics.adapters.postgres.catalog.categories import LOCK_TREE_SHARED, PLATFORM
from shoplytics.adapters.postgres.work import Raw
from shoplytics.modules.catalog.domain import Place, Taxonomy

PLACES = """
    select c.id, c.store_id, c.name, c.path from catalog_category c
    where (c.store_id = $1 or c.store_id is null) and c.deleted_at is null
"""
ASKED = f"""
    select {FIELDS} from catalog_attribute a
    where a.store_id = $1 and (a.code = any($2::text[]) or a.required) and a.deleted_at is null
    order by a.id for share
"""


async def whole_taxonomy(raw: Raw, *, store_id: UUID) -> Taxonomy:
    attributes = [attribute_of(row) for row in await raw.fetch(LIST, store_id)]
    return Taxonomy([Place(**row) for row in await raw.fetch(PLACES, store_id)], attributes)


async def locked_taxonomy(raw: Raw, *, store_id: UUID, codes: Sequence[str], categories: bool) -> Taxonomy:
    """See ImportRepository. Rows of categories are not locked one by one: there are thousands."""
    attributes = [attribute_of(row) for row in await raw.fetch(ASKED, store_id, codes)]
    if not categories and all(one.category_id is None for one in attributes):
        return Taxonomy(attributes=attributes)
    for tree in (str(store_id), PLATFORM):
        await raw.execute(LOCK_TREE_SHARED, tree)
    return Taxonomy([Place(**row) for row in await raw.fetch(PLACES, store_id)], attributes)

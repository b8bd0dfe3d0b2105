"""All products of a store that a filter matches, page after page, each read in a short transaction."""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import lru_cache
from uuid import UUID

from shoplytics.adapters.postgres.catalog.filters import FILTERS, OWN
from shoplytics.adapters.postgres.catalog.imports import KNOWN_COLUMNS, known_products
from shoplytics.adapters.postgres.catalog.rows import Link
from shoplytics.adapters.postgres.catalog.taxonomy import whole_taxonomy
from shoplytics.adapters.postgres.database import Database
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.domain import Taxonomy
from shoplytics.modules.catalog.ports import ProductFilter, ProductsPage

PRODUCTS_A_PAGE = 200


@lru_cache(maxsize=256)
def page_statement(filters: tuple[str, ...]) -> str:
    """Parameters: store, the last id, the limit, then the filters' values."""
    wanted = [OWN, "p.store_id = $1::uuid", "p.id > $2::uuid"]
    wanted += [FILTERS[name].replace("$#", f"${place}") for place, name in enumerate(filters, start=4)]
    return (
        f"select {KNOWN_COLUMNS}, p.currency from catalog_product p where {' and '.join(wanted)}"
        " order by p.id limit $3"
    )


def page_statements() -> Iterator[str]:
    """What the test of prepared statements reads."""
    yield page_statement(())
    yield page_statement(tuple(name for name in FILTERS if name != "store_id"))


class PgProductPages:
    """See ProductPages in modules/catalog/ports. A slow reader holds no transaction open."""

    def __init__(self, database: Database, *, link: Link) -> None:
        self._database = database
        self._link = link

    async def taxonomy(self, *, store_id: UUID, within: Sequence[UUID]) -> Taxonomy:
        async with self._database.work(DbRole.STORE, store_ids=within) as work:
            return await whole_taxonomy(work.raw, store_id=store_id)

    async def all_products(
        self, *, store_id: UUID, within: Sequence[UUID], wanted: ProductFilter
    ) -> AsyncIterator[ProductsPage]:
        names = tuple(
            name
            for name in ProductFilter.__struct_fields__
            if name != "store_id" and getattr(wanted, name) is not None
        )
        values = [getattr(wanted, name) for name in names]
        last = UUID(int=0)
        while True:
            async with self._database.work(DbRole.STORE, store_ids=within) as work:
                rows = await work.raw.fetch(page_statement(names), store_id, last, PRODUCTS_A_PAGE, *values)
                products = await known_products(
                    work.raw, rows, store_id=store_id, lock=False, link=self._link
                )
            if rows:
                yield ProductsPage(currency=rows[0]["currency"], products=products)
            if len(rows) < PRODUCTS_A_PAGE:
                return
            last = products[-1].id

"""Two catalogues that differ in nothing but their size: whatever is looked for matches as many in both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import asyncpg

from shoplytics.kernel.paging import encode_cursor
from shoplytics.modules.catalog.service import ProductSearch

STORE = UUID("01980000-0000-7000-8000-000000000001")
CATEGORY = UUID("01980000-0000-7000-8000-000000000002")
NOBODY = UUID(int=0)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LARGE, SMALL = 100_000, 1_000
STEP = LARGE // SMALL
MATCHES = SMALL // 2
PAGE = 20
BATCH = 10_000

STORES = "insert into catalog_store values ($1, 'Shelves', true, 'GBP', 3, 1)"
CATEGORIES = """
    insert into catalog_category (id, store_id, name, slug, path) values ($1, $2, 'Pans', 'pans', 'pans')
"""
# Number n is in the small catalogue if it is a multiple of STEP, and matches if it is one of 2 * STEP.
PRODUCTS = f"""
    insert into catalog_product (id, store_id, store_name, store_active, currency, title, slug, description,
        vendor, product_type, category_id, facts, tags, featured, image_url, rating, review_count, popularity,
        best_offer_id, best_price, best_sku, in_stock, created_at, updated_at, published_at)
    select gen_random_uuid(), $1, 'Shelves', true, 'GBP',
        case when hit then 'Copper pan ' else 'Wooden bowl ' end || n, 'article-' || n,
        'Made by hand in batch ' || n / 7 || ', for kitchens of every kind, with a guarantee of years.',
        'Vendor ' || n / {STEP} % 10, 'Kind ' || n / {STEP} % 5, case when hit then $2::uuid end,
        array['color:' || case when hit then 'red' else 'blue' end],
        array['all', case when hit then 'sale' else 'new' end], hit, 'https://example.com/' || n || '.jpg',
        (n / {STEP} % 5)::numeric, n % 9, n * 7919 % 10007, gen_random_uuid(), 100 + n * 7907 % 9901,
        'SKU-' || n, n % 5 > 0 or hit, $3::timestamptz + n * interval '1 minute', $3, $3
    from (select n, n % {2 * STEP} = 0 as hit from generate_series($4::int, $5::int, $6::int) n) numbered
"""


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", products: int) -> None:
    """`products` is LARGE or SMALL."""
    await connection.execute(STORES, STORE)
    await connection.execute(CATEGORIES, CATEGORY, STORE)
    for first in range(0, LARGE, BATCH):
        await connection.execute(
            PRODUCTS, STORE, CATEGORY, FIRST, first, first + BATCH - 1, LARGE // products, timeout=60
        )
    await connection.execute("vacuum analyze")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked for. Its page begins after `skipped` rows of the large catalogue, `few` of the small."""

    figure: str
    search: ProductSearch
    skipped: int = 0
    few: int = 0

    def cursors(self, products: int) -> Iterator[str]:
        """Ever new ones before the same row, so that no answer has been kept."""
        sort = self.search.sort or ("-relevance" if self.search.q else "-created_at")
        last = LARGE - (self.skipped if products == LARGE else self.few * STEP)
        for number in count(1):
            key: object = 10**14 + number
            if sort == "price":
                key = -number
            elif sort == "-created_at":
                key = FIRST + timedelta(minutes=last - 1, microseconds=number)
            yield encode_cursor(sort, key, NOBODY)


LOOKS = {
    "first": Look(figure="first page", search=ProductSearch(store=STORE)),
    "far": Look(
        figure="page 1,000", search=ProductSearch(store=STORE), skipped=999 * PAGE, few=SMALL - 5 * PAGE
    ),
    "tag": Look(figure=f"tag of {MATCHES}", search=ProductSearch(store=STORE, tag=["sale"])),
    "shelf": Look(
        figure="category, in stock, by price",
        search=ProductSearch(store=STORE, category=str(CATEGORY), in_stock=True, sort="price"),
    ),
    "search": Look(figure=f"search of {MATCHES}", search=ProductSearch(q="copper pan")),
    "newest": Look(
        figure=f"search of {MATCHES} by date", search=ProductSearch(q="copper pan", sort="-created_at")
    ),
    "facets": Look(
        figure=f"search of {MATCHES} with facets",
        search=ProductSearch(store=STORE, q="copper pan", attribute=["color:red"], facets=True),
    ),
}

"""What is asked of lists of products, and who answers the public."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.catalog import Facets, ProductSummary, ProductView


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Absent filters are None. `category_path` is a path of the platform's tree, and of the store's whose id
    follows as text. `facts` are `code:value` of attributes, all of them wanted; of each text of `facts_any`,
    facts with chr(31) between them, one is; `fact_ranges` is JSON of code, low and high, and whether they are
    dates. Of `vendors` and of `product_types` one fits. `q` is the text, then what stands before its last
    word, and that word as the beginning of one (both empty when it is not one). `prices_at_least` and `_most`
    are minor units by number of decimal digits (0 to 4), since the currency of a single store is known only
    where its products lie."""

    store_id: UUID | None = None
    category_id: UUID | None = None
    category_path: tuple[str, ...] | None = None
    facts: tuple[str, ...] | None = None
    facts_any: tuple[str, ...] | None = None
    fact_ranges: str | None = None
    q: tuple[str, str, str] | None = None
    tags: tuple[str, ...] | None = None
    vendors: tuple[str, ...] | None = None
    product_types: tuple[str, ...] | None = None
    title_words: str | None = None
    description_words: str | None = None
    sku: str | None = None
    currency: str | None = None
    prices_at_least: tuple[int, ...] | None = None
    prices_at_most: tuple[int, ...] | None = None
    in_stock: bool | None = None
    featured: bool | None = None
    rating_gte: int | None = None
    created_gte: datetime | None = None
    created_lte: datetime | None = None
    updated_gte: datetime | None = None
    updated_lte: datetime | None = None
    quantity_gte: int | None = None
    quantity_lte: int | None = None


class ProductQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`sort` names a column to go by; `after` holds the last row's key and id."""

    filters: ProductFilter
    sort: str
    descending: bool
    limit: int
    after: tuple[object, UUID] | None = None
    total: bool = False
    facets: bool = False


class FoundProducts(msgspec.Struct, frozen=True):
    """`limit + 1` rows at most; `last_key` is the sort key of row `limit`; `total` stops at 1,001."""

    items: list[ProductSummary]
    last_key: object
    total: int | None
    facets: Facets | None = None


class PublicCatalog(Protocol):
    """Published products, each question answered by one statement."""

    async def products(self, query: ProductQuery) -> FoundProducts: ...
    async def product(self, product_id: UUID) -> ProductView | None: ...

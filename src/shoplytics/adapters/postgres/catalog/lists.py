"""Lists of products as one statement each, put together from constants by the filters and the sort asked for.

Filters on words and tags go through `catalog_search`, the others stand on `catalog_product` itself.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from shoplytics.adapters.postgres.catalog.rows import SUMMARY_COLUMNS, Row, summary
from shoplytics.kernel.money import CURRENCIES, MAX_MINOR
from shoplytics.modules.catalog.ports import FoundProducts, ProductFilter, ProductQuery

COUNTED = 1001

SORTS = {
    "created_at": "p.created_at",
    "price": "p.best_price",
    "name": "p.title_key",
    "popularity": "p.popularity",
    "rating": "p.rating_key",
}

# A store's own list shows products without a price too, last either way. No index of the public lists holds
# this order, and those are long: they leave such products out.
UNPRICED_LAST = {
    False: f"coalesce(p.best_price, {MAX_MINOR + 1})",
    True: "coalesce(p.best_price, -1)",
}

_DIGITS = " ".join(
    f"when p.currency in ({', '.join(repr(c) for c, d in CURRENCIES.items() if d == digits)}) then {digits}"
    for digits in (0, 3, 4)
)
_PRICE = f"($#::bigint[])[1 + case {_DIGITS} else 2 end]"
_FOUND = "p.id in (select s.product_id from catalog_search s where {})"

# A category with everything under it.
_UNDER = (
    "p.category_id = any(array(select c.id from catalog_category r join catalog_category c"
    " on c.store_id is not distinct from r.store_id"
    " and (c.path = r.path or starts_with(c.path, r.path || '/'))"
    " where {} and r.deleted_at is null and c.deleted_at is null))"
)

FILTERS = {
    "store_id": "p.store_id = $#::uuid",
    "category_id": _UNDER.format("r.id = $#::uuid"),
    "category_path": _UNDER.format(
        "r.path = ($#::text[])[1] and (r.store_id is null or r.store_id = ($#::text[])[2]::uuid)"
    ),
    "q": _FOUND.format(
        "s.words @@ (websearch_to_tsquery('simple', $#::text) || websearch_to_tsquery('english', $#::text))"
    ),
    "tags": _FOUND.format("s.tags @> $#::text[]"),
    "title_words": _FOUND.format("s.words @@ to_tsquery('simple', $#::text)"),
    "description_words": _FOUND.format("s.words @@ to_tsquery('english', $#::text)"),
    "sku": "p.id in (select o.product_id from catalog_offer o"
    " where o.sku = $#::text and o.active and o.deleted_at is null)",
    "currency": "p.currency = $#::char(3)",
    "prices_at_least": f"p.best_price >= {_PRICE}",
    "prices_at_most": f"p.best_price <= {_PRICE}",
    "in_stock": "p.in_stock = $#::boolean",
    "featured": "p.featured = $#::boolean",
    "rating_gte": "p.rating_key >= $#::int",
    "created_gte": "p.created_at >= $#::timestamptz",
    "created_lte": "p.created_at <= $#::timestamptz",
    "updated_gte": "p.updated_at >= $#::timestamptz",
    "updated_lte": "p.updated_at <= $#::timestamptz",
}
PUBLIC = "p.published"
OWN = "p.deleted_at is null"


@lru_cache(maxsize=1024)
def list_statement(
    scope: str, filters: tuple[str, ...], sort: str, *, descending: bool, after: bool, total: bool
) -> str:
    """Parameters: the limit, the filters' values in their order, then the last row's key and id."""
    key = UNPRICED_LAST[descending] if sort == "price" and scope == OWN else SORTS[sort]
    wanted = [scope]
    wanted += [FILTERS[name].replace("$#", f"${place}") for place, name in enumerate(filters, start=2)]
    if sort == "price" and scope == PUBLIC:
        wanted.append("p.best_price is not null")
    way = "desc" if descending else "asc"
    count = " and ".join(wanted)
    if after:
        place = 2 + len(filters)
        wanted.append(f"({key}, p.id) {'<' if descending else '>'} (${place}, ${place + 1}::uuid)")
    listed = (
        f"select {SUMMARY_COLUMNS}, {key} as sort_key from catalog_product p"
        f" where {' and '.join(wanted)} order by {key} {way}, p.id {way} limit $1"
    )
    if not total:
        return listed
    counted = f"select from catalog_product p where {count} limit {COUNTED}"
    return (
        f"select l.*, c.total from (select count(*) as total from ({counted}) counted) c"
        f" left join ({listed}) l on true order by l.sort_key {way}, l.id {way}"
    )


def list_statements() -> Iterator[str]:
    """Every sort, each filter by itself and all together: what the test of prepared statements reads."""
    sets: list[tuple[str, ...]] = [(), *((name,) for name in FILTERS), tuple(FILTERS)]
    for scope in (PUBLIC, OWN):
        for filters in sets:
            for sort in SORTS:
                for descending in (False, True):
                    yield list_statement(scope, filters, sort, descending=descending, after=True, total=False)
                yield list_statement(scope, filters, sort, descending=True, after=False, total=True)


def parameters(query: ProductQuery) -> tuple[tuple[str, ...], list[Any]]:
    """Names of the filters in use, and every value in the statement's order."""
    given = query.filters
    names = tuple(name for name in ProductFilter.__struct_fields__ if getattr(given, name) is not None)
    values: list[Any] = [query.limit + 1, *(getattr(given, name) for name in names)]
    if query.after is not None:
        values += query.after
    return names, values


def statement_of(scope: str, query: ProductQuery, names: tuple[str, ...]) -> str:
    return list_statement(
        scope,
        names,
        query.sort,
        descending=query.descending,
        after=query.after is not None,
        total=query.total,
    )


def found(rows: Sequence[Row], query: ProductQuery) -> FoundProducts:
    """The views, and the sort key of the page's last row."""
    total = rows[0][20] if query.total else None
    if query.total and rows[0][0] is None:
        rows = ()
    key = rows[query.limit - 1][19] if len(rows) > query.limit else None
    return FoundProducts([summary(row) for row in rows], key, total)

"""Lists of products as one statement each, put together from constants by the filters and the sort asked for.

A list that asks for words or tags reads `catalog_search` alone until its page is found (see migration 0004),
every other one `catalog_product`.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from shoplytics.adapters.postgres.catalog.facets import BY_ATTRIBUTE, Shape, facets_in, facets_of, shape_of
from shoplytics.adapters.postgres.catalog.filters import (
    FILTERS,
    OWN,
    PUBLIC,
    QUERY,
    SEARCHES,
    Source,
    conditions,
    source_of,
)
from shoplytics.adapters.postgres.catalog.rows import SUMMARY_COLUMNS, Link, Row, summary
from shoplytics.kernel.money import MAX_MINOR
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

# Filters that often leave few products, which the planner cannot foretell of all of them.
SELECTIVE = {"category_id", "category_path", *SEARCHES}
PRICES = {"prices_at_least", "prices_at_most"}
FEW = 1_000

RELEVANCE = "relevance"
LOOKED_AT = 20_000
RANKED = 5_000
"""Of more matches than LOOKED_AT, the newest are looked at; of those the RANKED most popular are listed."""
# How often and how near to each other the words stand, titles first, between 0 and 1 (32: rank / (rank + 1));
# of equals the more popular first. A whole number, so that the next page begins exactly behind this one.
_RANK = (
    f"(ts_rank_cd(p.words, {QUERY}, 32)::numeric * 1000000)::bigint * 1000000 + least(p.popularity, 999999)"
)


def _key(scope: str, sort: str, *, descending: bool) -> str:
    return UNPRICED_LAST[descending] if sort == "price" and scope == OWN else SORTS[sort]


@lru_cache(maxsize=1024)
def list_statement(
    scope: str,
    filters: tuple[str, ...],
    sort: str,
    *,
    descending: bool,
    after: bool,
    total: bool,
    facets: Shape | None = None,
) -> str:
    """Parameters: the limit, the filters' values in their order, then the last row's key and id.

    With a total or facets every row ends with both, and an empty page is a row without an id.
    """
    source = source_of(scope, filters)
    wanted = conditions(source, filters)
    if sort == "price" and scope == PUBLIC:
        wanted.append("p.best_price is not null")
    way = "desc" if descending else "asc"
    following = f"{'<' if descending else '>'} (${2 + len(filters)}, ${3 + len(filters)}::uuid)"
    if sort == RELEVANCE:
        listed = _ranked(scope, source, filters, wanted, following if after else None)
    else:
        key = _key(scope, sort, descending=descending)
        looked = wanted, _walked(scope, filters, wanted[len(conditions(source, filters)) :])
        listed = _sorted(scope, filters, key, looked, following=following if after else None, way=way)
    if not total and facets is None:
        return listed
    counted = f"select from {source.table} where {' and '.join(wanted)} limit {COUNTED}"
    sums = f"(select count(*) from ({counted}) counted)" if total else "null::bigint"
    more = wanted[len(conditions(source, filters)) :]
    chosen = "null::text" if facets is None else f"({facets_of(scope, filters, facets, more)})"
    return (
        f"select l.*, c.total, c.facets from (select {sums} as total, {chosen} as facets) c"
        f" left join ({listed}) l on true order by l.sort_key {way}, l.id {way}"
    )


def _sorted(
    scope: str,
    filters: Sequence[str],
    key: str,
    wanted: tuple[Sequence[str], Sequence[str]],
    *,
    following: str | None,
    way: str,
) -> str:
    """`wanted` of where the list looks, and of the product's own row.

    Few matches are sorted. Many are met soon on a walk along the index of the sort, which of few would be
    long. How many there are no planner can know, so the statement looks, and goes one of the two ways.
    """
    source = source_of(scope, filters)
    selected, walked = wanted
    after = f" and ({key}, p.id) {following}" if following else ""
    ordered = f"order by {key} {way}, p.id {way} limit $1"
    if not _is_selective(filters, key):
        where = f"from {source.table} where {' and '.join(selected)}{after} {ordered}"
        return f"select {SUMMARY_COLUMNS}, {key} as sort_key {where}"
    behind = f" and (sort_key, id) {following}" if following else ""
    found = (
        f"with few as materialized (select p.id, {key} as sort_key from {source.table}"
        f" where {' and '.join(selected)} limit {FEW + 1}), counted as (select count(*) as n from few)"
        f" (select id, sort_key from few where (select n from counted) <= {FEW}{behind}"
        f" order by sort_key {way}, id {way} limit $1) union all"
        f" (select p.id, {key} from catalog_product p where (select n from counted) > {FEW}"
        f" and {' and '.join(walked)}{after} {ordered})"
    )
    return _page(scope, found, way)


def _is_selective(filters: Sequence[str], key: str) -> bool:
    """What prices leave can be foretold in a currency that is named, of a store's not; sorted they lie."""
    by_price = "store_id" in filters and "currency" not in filters and not PRICES.isdisjoint(filters)
    return (by_price and key != SORTS["price"]) or not SELECTIVE.isdisjoint(filters)


def _walked(scope: str, filters: Sequence[str], more: Sequence[str]) -> list[str]:
    """Conditions that are checked on one product after the other."""
    words = "(select s.words from {} s where s.id = p.id)"
    of = words.format("catalog_search")
    if scope == OWN:
        of = f"coalesce({of}, {words.format('catalog_search_draft')})"
    own = {name: condition.replace("p.words", of) for name, condition in SEARCHES.items()}
    if "currency" not in filters:
        own |= {name: FILTERS[name] for name in PRICES}  # no reason to sort by price first
    return [*conditions(Source("catalog_product p", scope, own), filters), *more]


def _ranked(
    scope: str, source: Source, filters: Sequence[str], wanted: Sequence[str], following: str | None
) -> str:
    rank = _RANK.replace("$#", f"${2 + filters.index('q')}")
    looked_at = (
        f"select p.id, p.words, p.popularity from {source.table} where {' and '.join(wanted)}"
        f" order by p.created_at desc, p.id desc limit {LOOKED_AT}"
    )
    matches = f"select * from ({looked_at}) p order by p.popularity desc, p.id desc limit {RANKED}"
    ranked = f"select p.id, {rank} as sort_key from ({matches}) p offset 0"  # each ranked once, and no others
    after = f" where (r.sort_key, r.id) {following}" if following else ""
    return _page(
        scope, f"select r.* from ({ranked}) r{after} order by r.sort_key desc, r.id desc limit $1", "desc"
    )


def _page(scope: str, found: str, way: str) -> str:
    """The products of a page that was found elsewhere."""
    return (
        f"select {SUMMARY_COLUMNS}, m.sort_key from ({found}) m join catalog_product p on p.id = m.id"
        f" where {scope} order by m.sort_key {way}, m.id {way}"
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
            for shape in _shapes(filters):
                yield list_statement(
                    scope, filters, "price", descending=True, after=True, total=False, facets=shape
                )
        for filters in (("q",), tuple(FILTERS)):
            yield list_statement(scope, filters, RELEVANCE, descending=True, after=True, total=True)


def _shapes(filters: tuple[str, ...]) -> list[Shape]:
    """One value of each filter by attribute, and two."""
    one, two = (tuple(number * (name in filters) for name in BY_ATTRIBUTE) for number in (1, 2))
    return [one, two]


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
        facets=shape_of(query.filters) if query.facets else None,
    )


def found(rows: Sequence[Row], query: ProductQuery, link: Link) -> FoundProducts:
    """The views, and the sort key of the page's last row."""
    total = rows[0][20] if query.total else None
    facets = facets_in(rows[0][21]) if query.facets else None
    if (query.total or query.facets) and rows[0][0] is None:
        rows = ()
    key = rows[query.limit - 1][19] if len(rows) > query.limit else None
    return FoundProducts([summary(row, link) for row in rows], key, total, facets)

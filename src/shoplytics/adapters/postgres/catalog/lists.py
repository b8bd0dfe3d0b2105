"""Lists of products as one statement each, put together from constants by the filters and the sort asked for.

A list that asks for words or tags reads `catalog_search` alone until its page is found (see migration 0004),
every other one `catalog_product`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shoplytics.adapters.postgres.catalog.rows import SUMMARY_COLUMNS, Link, Row, summary
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
_QUANTITY = (
    "(select coalesce(sum(o.on_hand - o.reserved), 0) from catalog_offer o"
    " where o.product_id = p.id and o.store_id = p.store_id and o.deleted_at is null)"
)
_Q = "($#::text[])"
# All words in one language or the other; or the last one only begun, after all others.
_QUERY = (
    f"(websearch_to_tsquery('simple', {_Q}[1]) || websearch_to_tsquery('english', {_Q}[1]) ||"
    f" ((websearch_to_tsquery('simple', {_Q}[2]) || websearch_to_tsquery('english', {_Q}[2]))"
    f" && to_tsquery('simple', {_Q}[3])))"
)
_SEARCHES = {
    "q": f"p.words @@ {_QUERY}",
    "tags": "p.tags @> $#::text[]",
    "facts": "p.facts @> $#::text[]",
    "facts_any": "p.facts && string_to_array(array_to_string($#::text[], chr(31)), chr(31))"
    " and not exists (select from unnest($#::text[]) f (facts)"
    " where not p.facts && string_to_array(f.facts, chr(31)))",
    "title_words": "p.words @@ to_tsquery('simple', $#::text)",
    "description_words": "p.words @@ to_tsquery('english', $#::text)",
}
# All amounts of the array are the same one then, and an index of prices can be used.
_IN_ONE_CURRENCY = {
    "prices_at_least": "p.best_price >= ($#::bigint[])[1]",
    "prices_at_most": "p.best_price <= ($#::bigint[])[1]",
}
_EITHER = "(select * from catalog_search union all select * from catalog_search_draft)"


def _found(condition: str) -> str:
    return f"p.id in (select s.id from {_EITHER} s where {condition.replace('p.', 's.')})"


# A category with everything under it.
_UNDER = (
    "p.category_id = any(array(select c.id from catalog_category r join catalog_category c"
    " on c.store_id is not distinct from r.store_id"
    " and (c.path = r.path or starts_with(c.path, r.path || '/'))"
    " where {} and r.deleted_at is null and c.deleted_at is null))"
)

# Of each range asked for, the product has a number or a date in it, of an attribute that lists find by.
_RANGES = (
    "not exists (select from catalog_product v,"
    " jsonb_to_recordset($#::jsonb) r (code text, low text, high text, dates boolean)"
    " where v.id = p.id"
    " and not coalesce(r.code || ':' || (v.attributes ->> r.code) = any(v.facts) and case"
    " when r.dates then jsonb_typeof(v.attributes -> r.code) = 'string'"
    " and v.attributes ->> r.code >= coalesce(r.low, '')"
    " and v.attributes ->> r.code <= coalesce(r.high, '9999-12-31')"
    " when jsonb_typeof(v.attributes -> r.code) = 'number'"
    " then (v.attributes ->> r.code)::numeric between coalesce(r.low::numeric, '-infinity')"
    " and coalesce(r.high::numeric, 'infinity') end, false))"
)

FILTERS = {
    "store_id": "p.store_id = $#::uuid",
    "category_id": _UNDER.format("r.id = $#::uuid"),
    "category_path": _UNDER.format(
        "r.path = ($#::text[])[1] and (r.store_id is null or r.store_id = ($#::text[])[2]::uuid)"
    ),
    **{name: _found(condition) for name, condition in _SEARCHES.items()},
    "fact_ranges": _RANGES,
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
    "quantity_gte": f"{_QUANTITY} >= $#::bigint",
    "quantity_lte": f"{_QUANTITY} <= $#::bigint",
}
PUBLIC = "p.published"
OWN = "p.deleted_at is null"

RELEVANCE = "relevance"
RANKED = 5_000
"""Of more matches than these, the most popular are ranked and listed."""
# How often and how near to each other the words stand, titles first, between 0 and 1 (32: rank / (rank + 1));
# of equals the more popular first. A whole number, so that the next page begins exactly behind this one.
_RANK = (
    f"(ts_rank_cd(p.words, {_QUERY}, 32)::numeric * 1000000)::bigint * 1000000 + least(p.popularity, 999999)"
)


@dataclass(frozen=True)
class _Source:
    """Where a list looks, and what rows there it shows."""

    table: str
    shown: str
    searches: dict[str, str]


_PLAIN = {scope: _Source("catalog_product p", scope, {}) for scope in (PUBLIC, OWN)}
_SEARCHED = {
    PUBLIC: _Source("catalog_search p", "p.published_at <= now()", _SEARCHES),
    OWN: _Source(f"{_EITHER} p", "true", _SEARCHES),
}


def source_of(scope: str, filters: Sequence[str]) -> _Source:
    return (_PLAIN if _SEARCHES.keys().isdisjoint(filters) else _SEARCHED)[scope]


def conditions(source: _Source, filters: Sequence[str], *, but: str | None = None) -> list[str]:
    """Of all filters but one; their values are the parameters from $2 on, in their order."""
    known = source.searches | _IN_ONE_CURRENCY if "currency" in filters else source.searches
    return [source.shown] + [
        (known.get(name) or FILTERS[name]).replace("$#", f"${place}")
        for place, name in enumerate(filters, start=2)
        if name != but
    ]


def _key(scope: str, sort: str, *, descending: bool) -> str:
    return UNPRICED_LAST[descending] if sort == "price" and scope == OWN else SORTS[sort]


@lru_cache(maxsize=1024)
def list_statement(
    scope: str, filters: tuple[str, ...], sort: str, *, descending: bool, after: bool, total: bool
) -> str:
    """Parameters: the limit, the filters' values in their order, then the last row's key and id."""
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
        listed = _sorted(
            scope, source, key, [*wanted, f"({key}, p.id) {following}"] if after else wanted, way
        )
    if not total:
        return listed
    counted = f"select from {source.table} where {' and '.join(wanted)} limit {COUNTED}"
    return (
        f"select l.*, c.total from (select count(*) as total from ({counted}) counted) c"
        f" left join ({listed}) l on true order by l.sort_key {way}, l.id {way}"
    )


def _sorted(scope: str, source: _Source, key: str, wanted: Sequence[str], way: str) -> str:
    where = f"from {source.table} where {' and '.join(wanted)} order by {key} {way}, p.id {way} limit $1"
    if source is _PLAIN[scope]:
        return f"select {SUMMARY_COLUMNS}, {key} as sort_key {where}"
    return _page(scope, f"select p.id, {key} as sort_key {where}", way)


def _ranked(
    scope: str, source: _Source, filters: Sequence[str], wanted: Sequence[str], following: str | None
) -> str:
    rank = _RANK.replace("$#", f"${2 + filters.index('q')}")
    matches = (
        f"select p.id, p.words, p.popularity from {source.table} where {' and '.join(wanted)}"
        f" order by p.popularity desc, p.id desc limit {RANKED}"
    )
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
        for filters in (("q",), tuple(FILTERS)):
            yield list_statement(scope, filters, RELEVANCE, descending=True, after=True, total=True)


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


def found(rows: Sequence[Row], query: ProductQuery, link: Link) -> FoundProducts:
    """The views, and the sort key of the page's last row."""
    total = rows[0][20] if query.total else None
    if query.total and rows[0][0] is None:
        rows = ()
    key = rows[query.limit - 1][19] if len(rows) > query.limit else None
    return FoundProducts([summary(row, link) for row in rows], key, total)

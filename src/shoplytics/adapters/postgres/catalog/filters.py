"""What lists are narrowed by: the SQL of each filter, and the table that a list with such filters reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shoplytics.kernel.money import CURRENCIES

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
QUERY = (
    f"(websearch_to_tsquery('simple', {_Q}[1]) || websearch_to_tsquery('english', {_Q}[1]) ||"
    f" ((websearch_to_tsquery('simple', {_Q}[2]) || websearch_to_tsquery('english', {_Q}[2]))"
    f" && to_tsquery('simple', {_Q}[3])))"
)
SEARCHES = {
    "q": f"p.words @@ {QUERY}",
    "tags": "p.tags @> $#::text[]",
    "facts": "p.facts @> $#::text[]",
    "facts_any": "p.facts && string_to_array(array_to_string($#::text[], chr(31)), chr(31))"
    " and not exists (select from unnest($#::text[]) f (facts)"
    " where not p.facts && string_to_array(f.facts, chr(31)))",
    # What is not empty has indexes.
    "vendors": "p.vendor = any($#::text[]) and p.vendor <> ''",
    "product_types": "p.product_type = any($#::text[]) and p.product_type <> ''",
    "title_words": "p.words @@ to_tsquery('simple', $#::text)",
    "description_words": "p.words @@ to_tsquery('english', $#::text)",
}
# All amounts of the array are the same one then, and an index of prices can be used.
_IN_ONE_CURRENCY = {
    "prices_at_least": "p.best_price >= ($#::bigint[])[1]",
    "prices_at_most": "p.best_price <= ($#::bigint[])[1]",
}
# A store has one currency, as its products do: looked up first, so that the index can be used here too.
_STORE_PRICE = (
    f"($#::bigint[])[(select 1 + case {_DIGITS.replace('p.', 's.')} else 2 end"
    " from catalog_store s where s.store_id = $store::uuid)]"
)
_IN_ONE_STORE = {
    "prices_at_least": f"p.best_price >= {_STORE_PRICE}",
    "prices_at_most": f"p.best_price <= {_STORE_PRICE}",
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

# Of each range asked for, the product has a number or a date in it, of an attribute that lists find by, or a
# text that is written just so.
_RANGES = (
    "v.facts <> '{}' and not exists (select"
    " from jsonb_to_recordset($#::jsonb) r (code text, low text, high text, dates boolean,"
    " written text)"
    " where r.written <> all(v.facts)"
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
    **{name: _found(condition) for name, condition in SEARCHES.items()},
    "fact_ranges": _RANGES.replace("v.", "p."),
    "sku": "p.id in (select o.product_id from catalog_offer o"
    " join catalog_variant v on v.id = o.variant_id and v.deleted_at is null"
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
_SEARCHED = SEARCHES | {
    "fact_ranges": f"exists (select from catalog_product v where v.id = p.id and {_RANGES})"
}
PUBLIC = "p.published"
OWN = "p.deleted_at is null"

NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Source:
    """Where a list looks, and what rows there it shows."""

    table: str
    shown: str
    searches: dict[str, str]


PLAIN = {scope: Source("catalog_product p", scope, {}) for scope in (PUBLIC, OWN)}
SEARCHED = {
    PUBLIC: Source("catalog_search p", "p.published_at <= now()", _SEARCHED),
    OWN: Source(f"{_EITHER} p", "true", _SEARCHED),
}


def source_of(scope: str, filters: Sequence[str]) -> Source:
    return (PLAIN if SEARCHES.keys().isdisjoint(filters) else SEARCHED)[scope]


def conditions(
    source: Source,
    filters: Sequence[str],
    *,
    but: Collection[str] = (),
    less: Mapping[str, int] = NOTHING,
) -> list[str]:
    """Of all filters but some; their values are the parameters from $2 on, in their order.

    `less` names filters by several values of which one, at that place from 0, is left out.
    """
    known = _prices(filters) | source.searches
    wanted = [source.shown]
    for place, name in enumerate(filters, start=2):
        if name in but:
            continue
        condition = known.get(name) or FILTERS[name]
        if name in less:
            condition = _less(condition, less[name])
        wanted.append(condition.replace("$#", f"${place}"))
    return wanted


def _prices(filters: Sequence[str]) -> dict[str, str]:
    if "currency" in filters:
        return _IN_ONE_CURRENCY
    if "store_id" not in filters:
        return {}
    place = f"${2 + filters.index('store_id')}"
    return {name: condition.replace("$store", place) for name, condition in _IN_ONE_STORE.items()}


def _less(condition: str, place: int) -> str:
    """Of a value that is an array, in SQL or in JSON."""
    others = f"(($#::text[])[:{place}] || ($#::text[])[{place + 2}:])"
    return condition.replace("$#::text[]", others).replace("$#::jsonb", f"($#::jsonb - {place})")

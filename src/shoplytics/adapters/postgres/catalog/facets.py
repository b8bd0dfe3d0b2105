"""What else a list could be narrowed by, counted beside its page: SQL that makes one JSON value.

Each set of products that is counted is bounded (`LOOKED_AT`, the newest), so that the cost does not grow with
the catalogue. The facets of filters that are in use have sets of their own, without those filters.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.catalog.filters import NOTHING, conditions, source_of
from shoplytics.kernel.money import Money
from shoplytics.modules.catalog.ports import ProductFilter
from shoplytics.ports.catalog import (
    AttributeFacet,
    CategoryCount,
    Facets,
    FlagCount,
    PriceRange,
    RatingCount,
    ValueCount,
)

LOOKED_AT = 5_000
"""Of more matches than these, the newest are counted."""
MOST = 1_001
"""A count stops here, as a list's total does."""
CATEGORIES = 20
VALUES = 50
ATTRIBUTES = 20
PRICE_RANGES = 5

COLUMNS = (
    "p.category_id, p.vendor, p.product_type, p.tags, p.facts, p.currency, p.best_price, p.in_stock,"
    " p.featured, p.rating_key"
)
# The filters that a facet's counts leave out. Tags are not among them: every further one narrows the list.
LEFT_OUT = {
    "categories": ("category_id", "category_path"),
    "vendors": ("vendors",),
    "product_types": ("product_types",),
    "prices": ("prices_at_least", "prices_at_most"),
    "in_stock": ("in_stock",),
    "featured": ("featured",),
    "ratings": ("rating_gte",),
}
BY_ATTRIBUTE = ("facts", "facts_any", "fact_ranges")

Shape = tuple[int, ...]
"""How many values each of BY_ATTRIBUTE has: every one is left out of a set of its own."""


def shape_of(given: ProductFilter) -> Shape:
    ranges = msgspec.json.decode(given.fact_ranges, type=list[object]) if given.fact_ranges else ()
    return len(given.facts or ()), len(given.facts_any or ()), len(ranges)


class _Sets:
    """The sets that one statement counts, each with a name, and which of them each facet is counted in."""

    def __init__(self, scope: str, filters: Sequence[str], more: Sequence[str]) -> None:
        self.filters = filters
        self.named: dict[str, str] = {}
        self._scope = scope
        self._more = more
        self.all = self._add()

    def without(self, names: Sequence[str]) -> str:
        """Those that all filters leave but these: the same as all where none is in use."""
        used = [name for name in names if name in self.filters]
        return self._add(but=used) if used else self.all

    def without_one(self, name: str, place: int, *, of: int) -> str:
        """Of a filter by several values, without the one at `place`."""
        return self._add(less={name: place}) if of > 1 else self._add(but=(name,))

    def _add(self, *, but: Collection[str] = (), less: Mapping[str, int] = NOTHING) -> str:
        source = source_of(self._scope, [name for name in self.filters if name not in but])
        wanted = [*conditions(source, self.filters, but=but, less=less), *self._more]
        name = f"set_{len(self.named)}"
        self.named[name] = (
            f"select {COLUMNS} from {source.table} where {' and '.join(wanted)}"
            f" order by p.created_at desc, p.id desc limit {LOOKED_AT + 1}"
        )
        return name


def facets_of(scope: str, filters: Sequence[str], shape: Shape, more: Sequence[str]) -> str:
    """A query of one JSON text; `more` are conditions of the list beside its filters."""
    sets = _Sets(scope, filters, more)
    of = {facet: sets.without(names) for facet, names in LEFT_OUT.items()}
    one_currency = "store_id" in filters or "currency" in filters
    parts = {
        "categories": _categories(of["categories"]),
        "tags": _counted("t", f"{sets.all} p cross join unnest(p.tags) t"),
        "vendors": _counted("vendor", f"{of['vendors']} where vendor <> ''"),
        "product_types": _counted("product_type", f"{of['product_types']} where product_type <> ''"),
        "attributes": _attributes(sets, shape),
        "prices": _prices(of["prices"]) if one_currency else "null",
        "in_stock": _counted("in_stock", of["in_stock"]),
        "featured": _counted("featured", of["featured"]),
        "ratings": _ratings(of["ratings"]),
        "complete": _complete(sets.named),
    }
    named = ", ".join(f"{name} as materialized ({query})" for name, query in sets.named.items())
    built = ", ".join(f"'{name}', {part}" for name, part in parts.items())
    return f"with {named} select json_build_object({built})::text as facets"


def _complete(sets: Collection[str]) -> str:
    counts = " union all ".join(f"select count(*) as n from {name}" for name in sets)
    return f"(select max(n) <= {LOOKED_AT} from ({counts}) counted)"


def _counted(value: str, source: str, *, most: int = VALUES) -> str:
    """Pairs of a value and its count, the most frequent first."""
    return (
        "(select coalesce(json_agg(json_build_array(v, n) order by n desc, v), '[]') from"
        f" (select {value} as v, least(count(*), {MOST}) as n from {source}"
        f" group by 1 order by count(*) desc, 1 limit {most}) counted)"
    )


def _categories(of: str) -> str:
    """Each with what is under it, as the filter takes it."""
    return (
        "(with recursive up (id, parent_id, n) as ("
        f" select c.id, c.parent_id, f.n from (select category_id, count(*) as n from {of}"
        " where category_id is not null group by category_id) f"
        " join catalog_category c on c.id = f.category_id and c.deleted_at is null"
        " union all select c.id, c.parent_id, up.n from up join catalog_category c on c.id = up.parent_id)"
        " select coalesce(json_agg(json_build_array(id, path, name, n) order by n desc, path, id), '[]') from"
        f" (select c.id, c.path, c.name, least(sum(up.n), {MOST}) as n from up join catalog_category c"
        f" using (id) group by c.id order by sum(up.n) desc, c.path, c.id limit {CATEGORIES}) counted)"
    )


def _prices(of: str) -> str:
    """Ranges of about as many products each; no price is in two."""
    return (
        "(select coalesce(json_agg(json_build_array(low, high, currency, n) order by low), '[]') from"
        f" (select min(best_price) as low, max(best_price) as high, min(currency) as currency,"
        f" least(count(*), {MOST}) as n from (select best_price, currency,"
        f" least({PRICE_RANGES - 1}, floor({PRICE_RANGES} * percent_rank() over (order by best_price)))"
        f" as part from {of} where best_price is not null) parted group by part) counted)"
    )


def _ratings(of: str) -> str:
    counts = ", ".join(
        f"json_build_array({stars}, least(count(*) filter (where rating_key >= {stars * 100}), {MOST}))"
        for stars in (4, 3, 2, 1)
    )
    return f"(select json_build_array({counts}) from {of})"


def _attributes(sets: _Sets, shape: Shape) -> str:
    """Names are those of the one store asked for."""
    code = "split_part(f, ':', 1)"
    left_out = [
        (_code(sets.filters, name, place), sets.without_one(name, place, of=count))
        for name, count in zip(BY_ATTRIBUTE, shape, strict=True)
        for place in range(count)
    ]
    others = f"{code} <> all(array[{', '.join(left for left, _ in left_out)}]::text[])"
    counted = " union all ".join(
        f"select {code} as code, substr(f, strpos(f, ':') + 1) as v, count(*) as n"
        f" from {of} p cross join unnest(p.facts) f where {which} group by f"
        for of, which in [(sets.all, others), *((of, f"{code} = {left}") for left, of in left_out)]
    )
    values = (
        f"select code, v, max(n) as n, row_number() over (partition by code order by max(n) desc, v) as place"
        f" from ({counted}) counted group by code, v"
    )
    codes = (
        f"select code, max(n) as most, json_agg(json_build_array(v, least(n, {MOST})) order by n desc, v)"
        f" as values from ({values}) ranked where place <= {VALUES}"
        f" group by code order by max(n) desc, code limit {ATTRIBUTES}"
    )
    store = f"${2 + sets.filters.index('store_id')}::uuid" if "store_id" in sets.filters else "null::uuid"
    return (
        "(select coalesce(json_agg(json_build_array(f.code, a.name, f.values)"
        f" order by a.position, f.most desc, f.code), '[]') from ({codes}) f left join catalog_attribute a"
        f" on a.store_id = {store} and a.code = f.code and a.deleted_at is null)"
    )


def _code(filters: Sequence[str], name: str, place: int) -> str:
    """Of the attribute that a value of the filter `name` speaks of."""
    parameter = f"${2 + filters.index(name)}"
    if name == "fact_ranges":
        return f"({parameter}::jsonb -> {place} ->> 'code')"
    return f"split_part(({parameter}::text[])[{place + 1}], ':', 1)"


class _Counted(msgspec.Struct):
    """The JSON of the statement."""

    categories: list[tuple[UUID, str, str, int]]
    tags: list[tuple[str, int]]
    vendors: list[tuple[str, int]]
    product_types: list[tuple[str, int]]
    attributes: list[tuple[str, str | None, list[tuple[str, int]]]]
    prices: list[tuple[int, int, str, int]] | None
    in_stock: list[tuple[bool, int]]
    featured: list[tuple[bool, int]]
    ratings: list[tuple[int, int]]
    complete: bool


_decoder = msgspec.json.Decoder(_Counted)


def facets_in(text: str) -> Facets:
    """Of what the statement made."""
    found = _decoder.decode(text)
    return Facets(
        categories=[CategoryCount(*one) for one in found.categories],
        tags=_values(found.tags),
        vendors=_values(found.vendors),
        product_types=_values(found.product_types),
        attributes=[AttributeFacet(code, name, _values(values)) for code, name, values in found.attributes],
        prices=None
        if found.prices is None
        else [PriceRange(Money(low, cur), Money(high, cur), n) for low, high, cur, n in found.prices],
        in_stock=[FlagCount(*one) for one in found.in_stock],
        featured=[FlagCount(*one) for one in found.featured],
        ratings=[RatingCount(*one) for one in found.ratings],
        complete=found.complete,
    )


def _values(pairs: Sequence[tuple[str, int]]) -> list[ValueCount]:
    return [ValueCount(*pair) for pair in pairs]

"""What a list of products could be narrowed by, and how many products each choice would leave."""

from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money


class ValueCount(msgspec.Struct):
    """`count` stops at 1,001, which means more than 1,000; so do all counts here."""

    value: str
    count: int


class FlagCount(msgspec.Struct):
    value: bool
    count: int


class RatingCount(msgspec.Struct):
    """Products of `value` stars or more."""

    value: int
    count: int


class CategoryCount(msgspec.Struct):
    """With what is under it. Both `id` and `path` are what the filter `category` takes."""

    id: UUID
    path: str
    name: str
    count: int


class PriceRange(msgspec.Struct):
    """For `price_gte` and `price_lte`: both ends are prices of products in it."""

    low: Money
    high: Money
    count: int


class AttributeFacet(msgspec.Struct):
    """`name` is null in lists over several stores, which may name it differently."""

    code: str
    name: str | None
    values: list[ValueCount]


class Facets(msgspec.Struct, kw_only=True):
    """Counts of the products that the list's filters leave, the most frequent values first.

    Each facet leaves its own filter out, so that its other choices are counted too; only tags keep theirs,
    since every further tag narrows the list. Of more than 5,000 products the newest are counted, and
    `complete` is false then. `prices` are null in lists of several currencies.
    """

    categories: list[CategoryCount]
    tags: list[ValueCount]
    vendors: list[ValueCount]
    product_types: list[ValueCount]
    attributes: list[AttributeFacet]
    prices: list[PriceRange] | None
    in_stock: list[FlagCount]
    featured: list[FlagCount]
    ratings: list[RatingCount]
    complete: bool

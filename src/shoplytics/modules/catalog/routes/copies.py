"""What the kept public answers tell of, so that a change drops those and no others (see ports/cache.py)."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from shoplytics.ports.catalog import CATEGORIES, LISTS, PAGES, copy_of, lists_of, reviews_of
from shoplytics.ports.tenancy import STORES

Pairs = Sequence[tuple[str, str]]


def of_list(_: Mapping[str, object], query: Pairs) -> Collection[str] | None:
    """A list of one store hears of that store's products only, and of categories, which each item names."""
    asked = dict(query)
    if "store" not in asked:
        return {STORES, CATEGORIES, LISTS}
    try:
        return {STORES, CATEGORIES, lists_of(UUID(asked["store"]))}
    except ValueError:
        return None


def of_tree(_: Mapping[str, object], __: Pairs) -> Collection[str]:
    """A store's tree is shown while the store is."""
    return {STORES, CATEGORIES}


def of_product(path: Mapping[str, object], _: Pairs) -> Collection[str] | None:
    """With the names of the stores that offer it and of its category."""
    return {STORES, CATEGORIES, PAGES, copy_of(UUID(str(path["product_id"])))}


def of_product_reviews(path: Mapping[str, object], _: Pairs) -> Collection[str] | None:
    """Shown while the product is."""
    product_id = UUID(str(path["product_id"]))
    return {STORES, PAGES, copy_of(product_id), reviews_of(product_id)}


def of_store_reviews(path: Mapping[str, object], _: Pairs) -> Collection[str] | None:
    """Shown while the store is."""
    return {STORES, reviews_of(UUID(str(path["store_id"])))}

"""Products and what is sold of them: options, variants, prices and stock, and the rules they keep."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import Conflict, Invalid
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.texts import tidy

MAX_VARIANTS = 250
MAX_ON_HAND = 10**9
DEFAULT_VARIANT = "Default"


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "Another product of the store has this slug."


class SkuTaken(Conflict):
    code = "sku_taken"
    message = "Another offer of the store has this SKU."


class TooLittleStock(Conflict):
    code = "out_of_stock"
    message = "The stock on hand cannot go below what is reserved."


class WrongVariants(Invalid):
    code = "wrong_variants"
    message = "The variants do not fit the options."


@dataclass(frozen=True, kw_only=True)
class Option:
    name: str
    values: tuple[str, ...]


@dataclass(kw_only=True, eq=False)
class NewVariant:
    """A variant with its owner's offer; money in minor units of the store's currency."""

    options: Mapping[str, str]
    position: int
    sku: str | None = None
    price: int | None = None
    compare_at: int | None = None
    quantity: int = 0
    id: UUID = field(default_factory=new_id)
    offer_id: UUID = field(default_factory=new_id)

    @property
    def title(self) -> str:
        return variant_title(self.options)


@dataclass(kw_only=True, eq=False)
class NewProduct:
    """`actor` is who the first stock movement names."""

    store_id: UUID
    title: str
    slug: str
    actor: str
    now: datetime
    description: str = ""
    vendor: str = ""
    product_type: str = ""
    category_id: UUID | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    tags: Sequence[str] = ()
    featured: bool = False
    active: bool = True
    published_at: datetime | None = None
    image_url: str | None = None
    marketplace: bool = False
    options: Sequence[Option] = ()
    variants: Sequence[NewVariant] = ()
    images: Sequence[tuple[str, str]] = ()
    id: UUID = field(default_factory=new_id)

    @property
    def best(self) -> NewVariant | None:
        """The variant whose offer leads: the cheapest in stock, else the cheapest, ties to the first."""
        priced = [variant for variant in self.variants if variant.price is not None]
        return min(priced, key=lambda v: (v.quantity == 0, v.price, v.position), default=None)


@dataclass(frozen=True, kw_only=True)
class ProductChange:
    """Columns to set, by name; only those of the product itself."""

    store_id: UUID
    product_id: UUID
    version: int | None
    fields: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class StockChange:
    """Exactly one of `adjust` (added, may be negative) and `to` (the new quantity on hand) is given."""

    store_id: UUID
    offer_id: UUID
    reason: str
    actor: str
    adjust: int | None = None
    to: int | None = None


def variant_title(options: Mapping[str, str]) -> str:
    """`options` in the order of the product's."""
    return " / ".join(options.values()) or DEFAULT_VARIANT


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """In the given order, without blanks and repeats."""
    return tuple(dict.fromkeys(tidy(tag) for tag in tags if tag.strip()))


def tidy_options(options: Mapping[str, str], known: Sequence[str] = ()) -> dict[str, str]:
    """Both names and values; names that are `known` as they are stay so."""
    return {name if name in known else tidy(name): tidy(value) for name, value in options.items()}


def check_options(options: Sequence[Option]) -> None:
    """Raises WrongVariants where two are the same."""
    names = {option.name.strip().casefold() for option in options}
    if len(names) != len(options) or any(len(set(o.values)) != len(o.values) for o in options):
        msg = "Options and the values of one option must differ from each other."
        raise WrongVariants(msg)


def matrix(options: Sequence[Option]) -> list[dict[str, str]]:
    """Every combination of the options' values, the last option turning fastest; one empty one without."""
    check_options(options)
    names = [option.name for option in options]
    size = 1
    for option in options:
        size *= len(option.values)
    if size > MAX_VARIANTS:
        msg = f"The options make {size} variants; {MAX_VARIANTS} is the most."
        raise WrongVariants(msg, code="too_many_variants")
    return [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(o.values for o in options))
    ]


def check_variants(options: Sequence[Option], chosen: Sequence[Mapping[str, str]]) -> None:
    """Each names a value of every option, and no two are the same. Raises WrongVariants."""
    allowed = {option.name: set(option.values) for option in options}
    seen: set[tuple[str, ...]] = set()
    for values in chosen:
        if set(values) != set(allowed) or any(value not in allowed[name] for name, value in values.items()):
            msg = "A variant names one value of each option, and nothing else."
            raise WrongVariants(msg)
        key = tuple(values[name] for name in allowed)
        if key in seen:
            msg = f"Two variants are {' / '.join(key) or 'without options'}."
            raise WrongVariants(msg, code="duplicate_variant")
        seen.add(key)

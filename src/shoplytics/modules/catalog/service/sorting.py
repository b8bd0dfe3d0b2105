"""What a file says of categories and attributes, held against what the store has."""

from dataclasses import dataclass, field
from uuid import UUID

from shoplytics.kernel.errors import Invalid
from shoplytics.modules.catalog.domain import (
    AttributeValue,
    KnownTraits,
    Taxonomy,
    TraitSet,
    WantedProduct,
    checked_values,
)
from shoplytics.modules.catalog.service.cells import value_cell, value_text
from shoplytics.modules.catalog.service.making import slug_of

NAMES = " > "  # between the names of a category and what is under it
_NEW = KnownTraits(title="", product_type="")


@dataclass(kw_only=True, eq=False)
class Sorted:
    """`traits` are as they will be; `wrong` holds codes and sentences, of values that are not among them.

    `unmatched` are codes of columns that no attribute has, and with them the category that none of ours is.
    """

    traits: TraitSet
    changed: bool
    lacking: bool = False
    wrong: list[tuple[str, str]] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    unmatched_category: str | None = None


class Sorter:
    """Rules as of the API; what `foreign` files name that we do not have is no error but unmatched."""

    def __init__(self, taxonomy: Taxonomy, *, foreign: bool) -> None:
        self._taxonomy = taxonomy
        self._foreign = foreign
        self._codes = {one.code for one in taxonomy.attributes}

    def sort(self, wanted: WantedProduct, known: KnownTraits | None) -> Sorted:
        """`known` is None for a new product, which has to have all that is required."""
        there = known or _NEW
        done = Sorted(traits=TraitSet(category_id=there.category_id, attributes={}), changed=False)
        category_id = self._category(wanted.category, there, done)
        product_type = there.product_type if wanted.product_type is None else wanted.product_type
        values = self._values(wanted, there, category_id, product_type, done)
        values = self._checked(values, there, category_id, product_type, done, new=known is None)
        done.traits = TraitSet(category_id=category_id, attributes=values)
        done.changed = bool(values) or category_id != there.category_id
        return done

    def _category(self, text: str | None, there: KnownTraits, done: Sorted) -> UUID | None:
        """What it has already comes first: of the same path there may be one in either tree."""
        if text is None:
            return there.category_id
        taxonomy = self._taxonomy
        named = taxonomy.path(there.category_id), NAMES.join(taxonomy.names(there.category_id))
        if there.category_id is not None and text in named:
            return there.category_id
        found = taxonomy.by_path(text)
        if self._foreign and found is None:
            names = [name for name in text.split(NAMES.strip()) if name.strip()]
            found = taxonomy.by_names(names) or taxonomy.by_path("/".join(slug_of(name) for name in names))
        if found is None and self._foreign:
            done.unmatched_category = text
        elif found is None:
            done.wrong.append(("unknown_category", f"Neither the store nor the platform has {text}."))
        return found or there.category_id

    def _values(
        self,
        wanted: WantedProduct,
        there: KnownTraits,
        category_id: UUID | None,
        product_type: str,
        done: Sorted,
    ) -> dict[str, AttributeValue]:
        """What the cells mean, less those that say what is known."""
        applying = {one.code: one for one in self._taxonomy.applying(category_id, product_type)}
        values: dict[str, AttributeValue] = {}
        for code, cell in wanted.attributes.items():
            if code in there.attributes and value_text(there.attributes[code]) == cell:
                continue
            definition = applying.get(code)
            if definition is not None:
                values[code] = value_cell(cell, definition.kind)
            elif self._foreign and code not in self._codes:
                done.unmatched.append(code)
            else:
                message = f"{code}: The store has no such attribute for this product."
                done.wrong.append(("unknown_attribute", message))
        return values

    def _checked(
        self,
        values: dict[str, AttributeValue],
        there: KnownTraits,
        category_id: UUID | None,
        product_type: str,
        done: Sorted,
        *,
        new: bool,
    ) -> dict[str, AttributeValue]:
        """In the form they are kept in, and only what differs; nothing where what is required is lacking."""
        if not values and not new:
            return {}
        definitions = self._taxonomy.applying(category_id, product_type)
        try:
            kept = checked_values(definitions, values, has=frozenset(there.attributes))
        except Invalid as refusal:
            named = {error.pointer.removeprefix("/attributes/"): error for error in refusal.errors}
            done.wrong += [(error.code, f"{code}: {error.message}") for code, error in named.items()]
            left = {code: value for code, value in values.items() if code not in named}
            there_or_left = left.keys() | there.attributes.keys()
            done.lacking = any(one.required and one.code not in there_or_left for one in definitions)
            kept = {} if done.lacking else checked_values(definitions, left, has=frozenset(there.attributes))
        return {
            code: value
            for code, value in kept.items()
            if value is not None and not _same(value, there.attributes.get(code))
        }


def _same(value: AttributeValue, known: AttributeValue | None) -> bool:
    if isinstance(value, list) and isinstance(known, list):
        return set(value) == set(known)
    return value == known

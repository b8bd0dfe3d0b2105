"""What products are sorted by, a category and attributes: where they lie, and what applies where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shoplytics.modules.catalog.domain.attributes import Attribute, AttributeValue


@dataclass(frozen=True, kw_only=True)
class Place:
    """A category in the store's tree, or (`store_id` None) in the platform's."""

    id: UUID
    store_id: UUID | None
    name: str
    path: str

    def holds(self, other: "Place") -> bool:
        """Itself, or what is under it."""
        return self.store_id == other.store_id and f"{other.path}/".startswith(f"{self.path}/")


@dataclass(frozen=True, kw_only=True)
class KnownTraits:
    """What a product of the store is sorted by; `attributes` are all it has values of."""

    title: str
    product_type: str
    category_id: UUID | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TraitSet:
    """A product's category, and values that it gets besides those it has."""

    category_id: UUID | None
    attributes: Mapping[str, AttributeValue]


class Taxonomy:
    """The living categories of both trees that a store uses, and attributes of the store, at one moment."""

    def __init__(self, places: Sequence[Place] = (), attributes: Sequence[Attribute] = ()) -> None:
        self.attributes = attributes
        self._places = {place.id: place for place in places}
        ours_last = sorted(places, key=lambda place: place.store_id is not None)
        self._by_path = {place.path: place for place in ours_last}
        self._in_tree = {(place.store_id, place.path): place for place in places}
        self._by_names: dict[tuple[str, ...], Place] | None = None
        self._applying: dict[tuple[UUID | None, str], list[Attribute]] = {}

    def path(self, category_id: UUID | None) -> str:
        place = self._place(category_id)
        return place.path if place else ""

    def names(self, category_id: UUID | None) -> tuple[str, ...]:
        """From the top down."""
        place = self._place(category_id)
        return tuple(self._names(place)) if place else ()

    def by_path(self, path: str) -> UUID | None:
        """The store's own before the platform's."""
        place = self._by_path.get(path)
        return place.id if place else None

    def by_names(self, names: Sequence[str]) -> UUID | None:
        """From the top down, in any case; the store's own before the platform's."""
        if self._by_names is None:
            ours_last = sorted(self._places.values(), key=lambda place: place.store_id is not None)
            self._by_names = {_folded(tuple(self._names(place))): place for place in ours_last}
        place = self._by_names.get(_folded(names))
        return place.id if place else None

    def applying(self, category_id: UUID | None, product_type: str) -> Sequence[Attribute]:
        """To products of that category and type."""
        key = (category_id, product_type)
        if key not in self._applying:
            self._applying[key] = [one for one in self.attributes if self._applies(one, *key)]
        return self._applying[key]

    def _applies(self, attribute: Attribute, category_id: UUID | None, product_type: str) -> bool:
        if attribute.product_type is not None and attribute.product_type != product_type:
            return False
        if attribute.category_id is None:
            return True
        above, place = self._place(attribute.category_id), self._place(category_id)
        return above is not None and place is not None and above.holds(place)

    def _place(self, category_id: UUID | None) -> Place | None:
        return None if category_id is None else self._places.get(category_id)

    def _names(self, place: Place) -> Iterator[str]:
        slugs = place.path.split("/")
        for depth in range(1, len(slugs) + 1):
            above = self._in_tree.get((place.store_id, "/".join(slugs[:depth])))
            yield above.name if above else slugs[depth - 1]


def _folded(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(name.split()).casefold() for name in names)

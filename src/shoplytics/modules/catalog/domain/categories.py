"""Trees of categories: the platform's, and one for each store. Trees do not touch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import Conflict, Invalid, NotFound, invalid_field
from shoplytics.kernel.ids import new_id

MAX_DEPTH = 10
MAX_CATEGORIES = 2_000


class CategorySlugTaken(Conflict):
    code = "slug_taken"
    message = "Another category beside it has this slug."


class CategoryCycle(Conflict):
    code = "category_cycle"
    message = "A category cannot be put under itself or what is under it."


class ParentDeleted(Conflict):
    code = "parent_deleted"
    message = "The category it was under is deleted: restore that first."


class TooManyCategories(Conflict):
    code = "too_many_categories"
    message = f"A tree has {MAX_CATEGORIES:,} categories at most."


@dataclass(kw_only=True, eq=False)
class Category:
    """`path` holds the slugs from the top down; `position` counts from 1 among its siblings."""

    store_id: UUID | None
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime
    parent_id: UUID | None = None
    path: str = ""
    description: str = ""
    position: int = 0
    version: int = 1
    deleted_at: datetime | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def state(self) -> tuple[object, ...]:
        """What a change of makes a new version."""
        place = (self.parent_id, self.path, self.position)
        return (self.name, self.slug, self.description, *place, self.deleted_at)


class CategoryTree:
    """The living categories of one tree, loaded whole and locked; keeps paths and positions right.

    Positions are dense: each row of siblings is 1, 2, 3 whatever happens to it.
    """

    def __init__(self, categories: Iterable[Category]) -> None:
        self._all = {category.id: category for category in categories}
        self._seen = {category.id: category.state for category in self._all.values()}

    def get(self, category_id: UUID) -> Category:
        found = self._all.get(category_id)
        if found is None or found.deleted_at is not None:
            raise NotFound
        return found

    def children(self, parent_id: UUID | None) -> list[Category]:
        """In their order."""
        found = (c for c in self._all.values() if c.parent_id == parent_id and c.deleted_at is None)
        return sorted(found, key=lambda c: (c.position, c.id))

    def under(self, category: Category) -> list[Category]:
        """The category and all its descendants, parents before children."""
        found, next_ones = [], [category]
        while next_ones:
            found += next_ones
            next_ones = [child for parent in next_ones for child in self.children(parent.id)]
        return found

    def free_slug(self, slug: str, parent_id: UUID | None) -> str:
        """`slug`, or `slug-2` and so on when a child of `parent_id` has it."""
        taken = {child.slug for child in self.children(parent_id)}
        number, free = 2, slug
        while free in taken:
            free, number = f"{slug}-{number}", number + 1
        return free

    def add(self, category: Category, *, position: int | None) -> None:
        if len(self._all) >= MAX_CATEGORIES:
            raise TooManyCategories
        self._parent(category.parent_id)
        self._all[category.id] = category
        self._settle(category, position)

    def move(self, category: Category, *, parent_id: UUID | None, position: int | None) -> None:
        """Under another parent (None: to the top), at `position` or at the end."""
        parent = self._parent(parent_id)
        if parent is not None and parent in self.under(category):
            raise CategoryCycle
        left = category.parent_id
        category.parent_id = parent_id
        self._settle(category, position)
        if left != parent_id:
            self._count(self.children(left))

    def rename(self, category: Category, *, slug: str) -> None:
        category.slug = slug
        self._settle(category, category.position)

    def remove(self, category: Category, *, now: datetime) -> list[Category]:
        """With everything under it, which is returned."""
        gone = self.under(category)
        for one in gone:
            one.deleted_at = now
        self._count(self.children(category.parent_id))
        return gone

    def restore(self, root: Category, below: Sequence[Category]) -> None:
        """What was deleted together comes back together, at the end of its row of siblings."""
        if root.parent_id is not None and root.parent_id not in self._all:
            raise ParentDeleted
        if len(self._all) + 1 + len(below) > MAX_CATEGORIES:
            raise TooManyCategories
        for one in (root, *below):
            self._seen[one.id] = one.state
            self._all[one.id] = one
            one.deleted_at = None
        self._settle(root, None)

    def changed(self, *, now: datetime) -> list[Category]:
        """Those that differ from what was loaded, each a version on; new ones are not among them."""
        found = [c for c in self._all.values() if c.id in self._seen and c.state != self._seen[c.id]]
        for category in found:
            category.version += 1
            category.updated_at = now
        return found

    def _parent(self, parent_id: UUID | None) -> Category | None:
        if parent_id is None:
            return None
        try:
            return self.get(parent_id)
        except NotFound:
            message = "There is no such category in this tree."
            raise invalid_field("/parent_id", "unknown_category", message) from None

    def _settle(self, category: Category, position: int | None) -> None:
        siblings = [one for one in self.children(category.parent_id) if one is not category]
        if any(one.slug == category.slug for one in siblings):
            raise CategorySlugTaken
        place = len(siblings) if position is None else min(position - 1, len(siblings))
        siblings.insert(place, category)
        self._count(siblings)
        parent = self._all.get(category.parent_id) if category.parent_id else None
        paths = {parent.id: parent.path} if parent else {}
        for one in self.under(category):
            above = paths.get(one.parent_id) if one.parent_id else None
            one.path = f"{above}/{one.slug}" if above else one.slug
            paths[one.id] = one.path
            if one.path.count("/") >= MAX_DEPTH:
                message = f"Categories lie {MAX_DEPTH} deep at most."
                raise invalid_field("/parent_id", "too_deep", message)

    @staticmethod
    def _count(siblings: Sequence[Category]) -> None:
        for place, one in enumerate(siblings, start=1):
            one.position = place


def unknown_category() -> Invalid:
    """For the `category` of a product."""
    message = "There is no such category, neither the store's own nor the platform's."
    return invalid_field("/category", "unknown_category", message)

"""Bodies of requests about categories."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import END

CategoryName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
CategorySlug = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*" + END)]
CategoryText = Annotated[str, Meta(max_length=5_000)]
Position = Annotated[int, Meta(ge=1, le=10_000)]


class NewCategory(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Without `parent_id` it stands at the top, without `position` at the end of its siblings."""

    name: CategoryName
    slug: CategorySlug | None = None
    description: CategoryText = ""
    parent_id: UUID | None = None
    position: Position | None = None


class CategoryPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`parent_id` and `position` move it: null is the top; another parent without `position` is its end."""

    name: CategoryName | UnsetType = UNSET
    slug: CategorySlug | UnsetType = UNSET
    description: CategoryText | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    position: Position | UnsetType = UNSET

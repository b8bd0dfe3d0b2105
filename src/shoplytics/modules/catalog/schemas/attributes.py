"""Bodies of requests about attributes."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import END
from shoplytics.modules.catalog.domain import AttributeKind
from shoplytics.modules.catalog.schemas.fields import CategoryRef, ShortText

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,49}" + END)]
Label = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Unit = Annotated[str, Meta(min_length=1, max_length=20)]
Choice = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^\S(.*\S)?" + END)]
Choices = Annotated[list[Choice], Meta(max_length=200)]
Place = Annotated[int, Meta(ge=1, le=10_000)]
Type = Annotated[ShortText, Meta(min_length=1)]


class NewAttribute(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Of all products, or of those of `category` (with what is under it) and `product_type` only."""

    code: Code
    name: Label
    kind: AttributeKind
    unit: Unit | None = None
    choices: Choices = msgspec.field(default_factory=list)
    category: CategoryRef | None = None
    product_type: Type | None = None
    required: bool = False
    filterable: bool = True
    position: Place = 1


class AttributePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Code and kind stay. Values that products have stay, too."""

    name: Label | UnsetType = UNSET
    unit: Unit | UnsetType | None = UNSET
    choices: Choices | UnsetType = UNSET
    category: CategoryRef | UnsetType | None = UNSET
    product_type: Type | UnsetType | None = UNSET
    required: bool | UnsetType = UNSET
    filterable: bool | UnsetType = UNSET
    position: Place | UnsetType = UNSET

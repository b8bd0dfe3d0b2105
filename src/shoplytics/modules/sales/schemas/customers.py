"""Bodies of requests about a store's customers."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import END, ONE_LINE

Name = Annotated[str, Meta(max_length=255, pattern=ONE_LINE)]
Phone = Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]
Note = Annotated[str, Meta(max_length=5_000)]
Tag = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^\S(.*\S)?" + END)]
Tags = Annotated[list[Tag], Meta(max_length=100)]


class CustomerPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Their e-mail is how orders find them, and stays."""

    name: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    note: Note | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET

"""Bodies about nightly imports."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Location = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="A http or https address, or a file's path below the store's import folder, whose name"
        " may hold * and ?; the newest match is taken.",
        examples=["https://vendor.example/stock.csv", "vendor/stock-*.csv"],
    ),
]
Hour = Annotated[int, Meta(ge=0, le=23, description="By the store's clock.")]
Kind = Literal["folder", "url"]
Format = Literal["inventory", "shopify"]


class NewImportSource(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Name
    kind: Kind
    location: Location
    format: Format
    hour: Hour
    active: bool = True


class ImportSourcePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Name | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    location: Location | UnsetType = UNSET
    format: Format | UnsetType = UNSET
    hour: Hour | UnsetType = UNSET
    active: bool | UnsetType = UNSET

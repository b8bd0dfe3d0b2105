"""What tenancy's routes accept."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

StoreName = Annotated[str, Meta(min_length=1, max_length=120)]
Slug = Annotated[str, Meta(min_length=1, max_length=60, examples=["tea-and-more"])]
Description = Annotated[str, Meta(max_length=5000)]
Currency = Annotated[str, Meta(min_length=3, max_length=3, examples=["GBP"])]
Zone = Annotated[str, Meta(min_length=1, max_length=64, examples=["Europe/London"])]
Threshold = Annotated[int, Meta(ge=0, le=1_000_000)]


class NewStore(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Currency and low-stock threshold default to the deployment's, the time zone to UTC."""

    name: StoreName
    slug: Slug | None = None
    currency: Currency | None = None
    timezone: Zone | None = None
    description: Description = ""
    low_stock_threshold: Threshold | None = None


class StoreChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Currency and time zone are accepted only as they are."""

    name: StoreName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    low_stock_threshold: Threshold | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET

"""What tenancy's routes accept."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.access import StoreRole
from shoplytics.ports.tenancy import StoreAddress

StoreName = Annotated[str, Meta(min_length=1, max_length=120)]
Slug = Annotated[str, Meta(min_length=1, max_length=60, examples=["tea-and-more"])]
Description = Annotated[str, Meta(max_length=5000)]
Currency = Annotated[str, Meta(min_length=3, max_length=3, examples=["GBP"])]
Zone = Annotated[str, Meta(min_length=1, max_length=64, examples=["Europe/London"])]
Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["bola@example.com"])]
Moment = Annotated[datetime, Meta(tz=True, examples=["2027-01-31T00:00:00Z"])]
KeyName = Annotated[str, Meta(min_length=1, max_length=80, examples=["Warehouse sync"])]
Scopes = Annotated[
    list[Annotated[str, Meta(max_length=60)]],
    Meta(min_length=1, max_length=50, examples=[["products:read", "orders:read"]]),
]
Threshold = Annotated[int, Meta(ge=0, le=1_000_000)]


class NewStore(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Currency and low-stock threshold default to the deployment's, the time zone to UTC."""

    name: StoreName
    slug: Slug | None = None
    currency: Currency | None = None
    timezone: Zone | None = None
    description: Description = ""
    low_stock_threshold: Threshold | None = None
    address: StoreAddress | None = None


class StoreChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Currency and time zone are accepted only as they are."""

    name: StoreName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    low_stock_threshold: Threshold | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    address: StoreAddress | UnsetType | None = UNSET


class RoleChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    role: StoreRole


class NewOwner(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A member of the store."""

    user_id: UUID


class NewInvitation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    email: Email
    role: StoreRole


class InvitationToken(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """As it stands in the mailed link."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class NewKey(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Without `expires_at` the key is good until it is revoked."""

    name: KeyName
    scopes: Scopes
    expires_at: Moment | None = None


class KeyChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: KeyName | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET


class StoreHold(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`false` closes the store and keeps its owner from opening it; `true` opens it and lifts that."""

    active: bool

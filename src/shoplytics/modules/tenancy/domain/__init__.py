"""A store, who works in it, and the keys that act for them."""

from shoplytics.modules.tenancy.domain.keys import ApiKey, KeyExpired, ScopeNotHeld, checked_scopes
from shoplytics.modules.tenancy.domain.people import (
    AboveOwnRole,
    AccountClosed,
    AlreadyMember,
    Invitation,
    InvitationUnknown,
    LastOwner,
    NotYours,
    SentLately,
    TooManyInvitations,
    may_grant,
    may_touch,
)
from shoplytics.modules.tenancy.domain.stores import (
    HeldByPlatform,
    ImmutableSetting,
    SlugTaken,
    Store,
    checked_currency,
    checked_name,
    checked_slug,
    checked_timezone,
    slug_of,
)

__all__ = [
    "AboveOwnRole",
    "AccountClosed",
    "AlreadyMember",
    "ApiKey",
    "HeldByPlatform",
    "ImmutableSetting",
    "Invitation",
    "InvitationUnknown",
    "KeyExpired",
    "LastOwner",
    "NotYours",
    "ScopeNotHeld",
    "SentLately",
    "SlugTaken",
    "Store",
    "TooManyInvitations",
    "checked_currency",
    "checked_name",
    "checked_scopes",
    "checked_slug",
    "checked_timezone",
    "may_grant",
    "may_touch",
    "slug_of",
]

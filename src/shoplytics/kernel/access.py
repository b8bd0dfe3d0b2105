"""Who may do what: database roles, audiences, store roles and permissions.

A route names one permission; the permission's audience decides which database role its unit of work takes.
"""

from dataclasses import dataclass
from enum import StrEnum


class DbRole(StrEnum):
    """One row-level-security policy set each; see docs/decisions/0004."""

    PUBLIC = "shop_public"
    USER = "shop_user"
    STORE = "shop_store"
    SYSTEM = "shop_system"
    PLATFORM = "shop_platform"


class StoreRole(StrEnum):
    """A member's role in one store, strongest first."""

    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"
    ANALYST = "analyst"


class Audience(StrEnum):
    """Who a permission is for, and with it the scope of the unit of work."""

    PUBLIC = "public"  # anyone; reads published rows as shop_public
    SYSTEM = "system"  # anyone; the system acts for the caller (sign-in, tracking, webhooks)
    USER = "user"  # any signed-in user, over their own rows
    STORE = "store"  # a member of the store in the path, or one of its API keys
    PLATFORM = "platform"  # a platform administrator


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A named right. Within Audience.STORE, `roles` hold it, and with `keys` an API key may, too."""

    name: str
    audience: Audience
    roles: frozenset[StoreRole] = frozenset()
    keys: bool = False


OWNERS = frozenset({StoreRole.OWNER})
MANAGERS = OWNERS | {StoreRole.MANAGER}
STAFF = MANAGERS | {StoreRole.STAFF}
MEMBERS = STAFF | {StoreRole.ANALYST}


def public(name: str) -> Permission:
    """Anyone may; read as `shop_public`."""
    return Permission(name=name, audience=Audience.PUBLIC)


def system(name: str) -> Permission:
    """Anyone may ask; the work is the system's own."""
    return Permission(name=name, audience=Audience.SYSTEM)


def signed_in(name: str) -> Permission:
    """Any signed-in user may, over rows of their own."""
    return Permission(name=name, audience=Audience.USER)


def members(name: str, roles: frozenset[StoreRole], *, keys: bool = False) -> Permission:
    """Members of the store in the path may, when their role is one of `roles`; with `keys`, API keys too."""
    return Permission(name=name, audience=Audience.STORE, roles=roles, keys=keys)


def platform(name: str) -> Permission:
    """Platform administrators may."""
    return Permission(name=name, audience=Audience.PLATFORM)

"""Tenancy in PostgreSQL: stores and their people in the unit of work, facts and doors beside it."""

from shoplytics.adapters.postgres.tenancy.api_keys import PgKeys
from shoplytics.adapters.postgres.tenancy.audit import PgAuditLog, PgDenials
from shoplytics.adapters.postgres.tenancy.facts import (
    PgDirectory,
    PgMemberships,
    PgOpenStores,
    PgStoreDirectory,
    RecentStoreDirectory,
)
from shoplytics.adapters.postgres.tenancy.invitations import PgInvitations
from shoplytics.adapters.postgres.tenancy.keys import PgKeyDoor
from shoplytics.adapters.postgres.tenancy.members import PgMembers
from shoplytics.adapters.postgres.tenancy.platform import PgAllStores
from shoplytics.adapters.postgres.tenancy.stores import PgStores
from shoplytics.adapters.postgres.tenancy.team import PgTeam

__all__ = [
    "PgAllStores",
    "PgAuditLog",
    "PgDenials",
    "PgDirectory",
    "PgInvitations",
    "PgKeyDoor",
    "PgKeys",
    "PgMembers",
    "PgMemberships",
    "PgOpenStores",
    "PgStoreDirectory",
    "PgStores",
    "PgTeam",
    "RecentStoreDirectory",
]

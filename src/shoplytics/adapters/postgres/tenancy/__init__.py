"""Tenancy in PostgreSQL: stores in the unit of work, facts and memberships beside it."""

from shoplytics.adapters.postgres.tenancy.audit import PgAuditLog
from shoplytics.adapters.postgres.tenancy.facts import (
    PgDirectory,
    PgMemberships,
    PgStoreDirectory,
    RecentStoreDirectory,
)
from shoplytics.adapters.postgres.tenancy.stores import PgMembers, PgStores

__all__ = [
    "PgAuditLog",
    "PgDirectory",
    "PgMembers",
    "PgMemberships",
    "PgStoreDirectory",
    "PgStores",
    "RecentStoreDirectory",
]

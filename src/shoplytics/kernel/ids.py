"""Identifiers are UUIDv7 made here, so they sort by time on PostgreSQL 15 as on 18."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): time-ordered to the millisecond."""
    return uuid_utils.compat.uuid7()

"""Tracking's tables: the group commit of visits, the salts, the stored visits."""

from shoplytics.adapters.postgres.tracking.recorder import PgRecorder
from shoplytics.adapters.postgres.tracking.salts import PgSalts
from shoplytics.adapters.postgres.tracking.sessions import PgOpenSessions
from shoplytics.adapters.postgres.tracking.visits import PgVisits

__all__ = ["PgOpenSessions", "PgRecorder", "PgSalts", "PgVisits"]

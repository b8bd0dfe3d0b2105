"""Payments in PostgreSQL."""

from shoplytics.adapters.postgres.payments.own import PgOwnPayments
from shoplytics.adapters.postgres.payments.reads import PgPaymentReads
from shoplytics.adapters.postgres.payments.records import PgPaymentRecords
from shoplytics.adapters.postgres.payments.state import PgPaymentState

__all__ = ["PgOwnPayments", "PgPaymentReads", "PgPaymentRecords", "PgPaymentState"]

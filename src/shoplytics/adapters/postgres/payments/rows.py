"""Rows of payments as the house knows them."""

from asyncpg import Record

from shoplytics.kernel.money import Money
from shoplytics.modules.payments.domain import Payment
from shoplytics.ports.payments import PaymentStatus, PaymentView, StorePaymentView

PAYMENT = """
    id, checkout_id, provider, reference, provider_reference, status, amount, currency, paid_amount,
    paid_currency, user_id, token_hash, channels, authorization_url, access_code, created_at, settled_at
"""
SHARE = """
    store_id, payment_id, order_id, number, provider, reference, status, amount, currency, created_at,
    settled_at
"""


def _paid(row: Record) -> Money | None:
    return None if row["paid_amount"] is None else Money(row["paid_amount"], row["paid_currency"])


def payment_of(row: Record) -> Payment:
    """Without its shares."""
    return Payment(
        id=row["id"],
        checkout_id=row["checkout_id"],
        provider=row["provider"],
        reference=row["reference"],
        provider_reference=row["provider_reference"],
        status=row["status"],
        money=Money(row["amount"], row["currency"]),
        paid=_paid(row),
        user_id=row["user_id"],
        token_hash=row["token_hash"],
        channels=tuple(row["channels"]),
        authorization_url=row["authorization_url"],
        access_code=row["access_code"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def view_of(row: Record) -> PaymentView:
    return PaymentView(
        id=row["id"],
        checkout_id=row["checkout_id"],
        provider=row["provider"],
        reference=row["reference"],
        status=PaymentStatus(row["status"]),
        amount=Money(row["amount"], row["currency"]),
        authorization_url=row["authorization_url"],
        access_code=row["access_code"],
        paid=_paid(row),
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def share_of(row: Record) -> StorePaymentView:
    return StorePaymentView(
        payment_id=row["payment_id"],
        order_id=row["order_id"],
        number=row["number"],
        provider=row["provider"],
        reference=row["reference"],
        status=PaymentStatus(row["status"]),
        amount=Money(row["amount"], row["currency"]),
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )

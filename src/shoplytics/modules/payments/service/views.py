"""Payments as they are shown."""

from shoplytics.modules.payments.domain import Payment
from shoplytics.ports.payments import PaymentResult, PaymentStatus, PaymentView


def view_of(payment: Payment) -> PaymentView:
    return PaymentView(
        id=payment.id,
        checkout_id=payment.checkout_id,
        provider=payment.provider,
        reference=payment.reference,
        status=PaymentStatus(payment.status),
        amount=payment.money,
        authorization_url=payment.authorization_url,
        access_code=payment.access_code,
        paid=payment.paid,
        created_at=payment.created_at,
        settled_at=payment.settled_at,
    )


def result_of(payment: Payment) -> PaymentResult:
    return PaymentResult(
        reference=payment.reference,
        status=PaymentStatus(payment.status),
        amount=payment.money,
        pay_at=payment.authorization_url if payment.status == "pending" else None,
    )

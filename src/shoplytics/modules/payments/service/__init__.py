"""Payments: beginning, settling, showing them."""

from shoplytics.modules.payments.service.by_hand import PaymentsByHand
from shoplytics.modules.payments.service.intake import Intake
from shoplytics.modules.payments.service.notices import MismatchNotices
from shoplytics.modules.payments.service.own import OwnPayments
from shoplytics.modules.payments.service.paying import Paying
from shoplytics.modules.payments.service.payments import PaymentsService
from shoplytics.modules.payments.service.providers import Providers
from shoplytics.modules.payments.service.settling import Settling
from shoplytics.modules.payments.service.starting import Starting

__all__ = [
    "Intake",
    "MismatchNotices",
    "OwnPayments",
    "Paying",
    "PaymentsByHand",
    "PaymentsService",
    "Providers",
    "Settling",
    "Starting",
]

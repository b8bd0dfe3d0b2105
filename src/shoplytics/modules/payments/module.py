"""Payments owns attempts to pay checkouts, the stores' shares of them, and what happened to each.

Publishes PaymentSettled, PaymentFailed, PaymentMismatch. Listens to its own ProviderDelivered,
PaymentDoubted and, to write letters, PaymentMismatch alone: sales is asked through its port, in the
transaction that books.
"""

from shoplytics.kernel.access import MEMBERS, members, platform, system
from shoplytics.kernel.module import Module
from shoplytics.modules.payments.routes import (
    EVERY,
    OWN,
    READ,
    RETURN,
    START,
    WEBHOOK,
    PaymentController,
    PlatformPaymentController,
    StorePaymentController,
    WebhookController,
)
from shoplytics.modules.payments.tasks import act_on_delivery, ask_again, mail_mismatch, verify_stale
from shoplytics.ports.payments import PaymentDoubted, PaymentMismatch, ProviderDelivered

payments = Module(
    name="payments",
    routes=(PaymentController, WebhookController, StorePaymentController, PlatformPaymentController),
    permissions=(
        system(START),
        system(OWN),
        system(RETURN),
        system(WEBHOOK),
        members(READ, MEMBERS, keys=True),
        platform(EVERY),
    ),
    errands={ProviderDelivered: (act_on_delivery,), PaymentDoubted: (ask_again,)},
    subscribers={PaymentMismatch: (mail_mismatch,)},
    schedule={verify_stale: "*/10 * * * *"},
)

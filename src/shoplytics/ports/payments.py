"""Payments: attempts to pay a checkout. Views, events and what other modules may ask."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.events import Event
from shoplytics.kernel.money import Money

BY_HAND = "manual"
"""The provider of payments that staff recorded."""


class PaymentStatus(StrEnum):
    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    ABANDONED = "abandoned"
    MISMATCH = "mismatch"  # money came, but not what was asked: nothing is booked
    LATE = "late"  # money came when nothing was to be paid any more: to give back


class PaymentView(msgspec.Struct, kw_only=True):
    """One attempt to pay a checkout. `paid` is what the provider took, where that is not `amount`.

    The shopper pays at `authorization_url`, or in the provider's widget by the `access_code`.
    """

    id: UUID
    checkout_id: UUID
    provider: str
    reference: str
    status: PaymentStatus
    amount: Money
    authorization_url: str | None
    access_code: str | None
    paid: Money | None
    created_at: datetime
    settled_at: datetime | None


class PaymentResult(msgspec.Struct, kw_only=True):
    """What may be told to whoever knows the reference; `pay_at`, where an open one is paid."""

    reference: str
    status: PaymentStatus
    amount: Money
    pay_at: str | None = None


class StorePaymentView(msgspec.Struct, kw_only=True):
    """A store's share of a payment: what of it is for one of its orders."""

    payment_id: UUID
    order_id: UUID
    number: str
    provider: str
    reference: str
    status: PaymentStatus
    amount: Money
    created_at: datetime
    settled_at: datetime | None


@runtime_checkable
class ManualPayments(Protocol):
    """Money that came another way: in cash, by a transfer."""

    async def record(
        self, *, store_id: UUID, order_id: UUID, amount: Money | None, actor: Actor, note: str
    ) -> StorePaymentView:
        """Pay that order, all of it, and commit, unless made for a unit of work that somebody else ends.

        `amount`, if given, has to be what is due.

        Raises NotFound, NothingToPay, ManagedElsewhere, AmountDiffers.
        """
        ...


@runtime_checkable
class PaymentResults(Protocol):
    async def result(self, *, reference: str) -> PaymentResult:
        """How a payment stands, for whoever knows its reference. Raises NotFound."""
        ...

    async def again(self, *, reference: str, actor: Actor) -> PaymentResult:
        """Another attempt at the same checkout, or the open one, for whoever knows a reference of it.

        It is its shopper's, as the one before. Raises NotFound, NothingToPay, OutOfStock, Unavailable.
        """
        ...


@runtime_checkable
class WebhookIntake(Protocol):
    """Where notifications of providers come in, from outside or from a provider that lives here."""

    async def receive(self, *, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep it, once, and let a worker act on it. Raises NotFound; Unauthenticated for a forged one."""
        ...


class PaymentSettled(Event, frozen=True, kw_only=True):
    """A payment came in and was booked."""

    type: ClassVar[str] = "payments.settled"

    payment_id: UUID
    checkout_id: UUID


class PaymentFailed(Event, frozen=True, kw_only=True):
    """An attempt failed or was left; the checkout can be paid again."""

    type: ClassVar[str] = "payments.failed"

    payment_id: UUID
    checkout_id: UUID
    status: PaymentStatus


class PaymentMismatch(Event, frozen=True, kw_only=True):
    """Money came that is not what was asked, or too late: nothing is booked, and somebody has to look."""

    type: ClassVar[str] = "payments.mismatch"

    payment_id: UUID
    checkout_id: UUID
    status: PaymentStatus
    expected: Money
    paid: Money | None


class ProviderDelivered(Event, frozen=True, kw_only=True):
    """A provider's notification is in the inbox."""

    type: ClassVar[str] = "payments.delivered"

    inbox_id: UUID
    provider: str
    reference: str | None
    provider_reference: str | None


class PaymentDoubted(Event, frozen=True, kw_only=True):
    """A payment has been open for long: ask the provider."""

    type: ClassVar[str] = "payments.doubted"

    payment_id: UUID

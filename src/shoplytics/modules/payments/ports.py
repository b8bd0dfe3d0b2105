"""What payments needs from outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.modules.payments.domain import Payment
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.payments import PaymentStatus, PaymentView, ProviderDelivered, StorePaymentView
from shoplytics.ports.sales import Checkouts
from shoplytics.ports.tenancy import AuditLog


class PaymentRecords(Protocol):
    """The attempts, in a unit of work."""

    async def live(self, checkout_id: UUID) -> Payment:
        """The checkout's open attempt, not locked. Raises NotFound."""
        ...

    async def add(self, payment: Payment, *, actor: Actor, facts: Mapping[str, object]) -> bool:
        """False, and nothing happened, when it would be a second open attempt of its checkout."""
        ...

    async def lock(self, payment_id: UUID) -> Payment:
        """Raises NotFound. Before its checkout is locked, never after."""
        ...

    async def save(self, payment: Payment, *, before: str, actor: Actor, facts: Mapping[str, object]) -> None:
        """Its new state, in its shares too, and a line of its history."""
        ...


class PaymentState(Protocol):
    """The same rows beside any unit of work, one statement each."""

    async def find(
        self, *, reference: str | None, provider: str | None, provider_reference: str | None
    ) -> Payment:
        """By either reference. Raises NotFound."""
        ...

    async def get(self, payment_id: UUID) -> Payment:
        """Raises NotFound."""
        ...

    async def worked_in(self, inbox_id: UUID) -> None:
        """What that notification told of has been asked about."""
        ...

    async def claim(self, payment_id: UUID) -> bool:
        """True for the one caller who may now begin it with the provider, for some seconds."""
        ...

    async def release(self, payment_id: UUID) -> None:
        """The provider could not be reached: the next caller may try at once."""
        ...

    async def begun(
        self,
        payment_id: UUID,
        *,
        authorization_url: str,
        access_code: str | None,
        provider_reference: str | None,
    ) -> None: ...


class Inbox(Protocol):
    async def keep(
        self,
        *,
        inbox_id: UUID,
        source: str,
        delivery_id: str,
        topic: str,
        headers: Mapping[str, str],
        body: bytes,
        event: ProviderDelivered | None,
    ) -> bool:
        """With the event that makes it known, if anybody is to act on it. False when it was there already."""
        ...


class Unit(Protocol):
    """One unit of work of the system's. Left without `commit`, nothing has happened."""

    @property
    def payments(self) -> PaymentRecords: ...
    @property
    def checkouts(self) -> Checkouts: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def inbox(self) -> Inbox: ...
    async def commit(self) -> None: ...


class Units(Protocol):
    """What is spoken with a provider about is committed before; so these services end their own work."""

    def open(self) -> AbstractAsyncContextManager[Unit]: ...


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    status: PaymentStatus | None = None
    provider: str | None = None
    checkout_id: UUID | None = None
    store_id: UUID | None = None


class OwnReads(Protocol):
    """The newest first, or the one named. Accounts see with rights of their own, tokens by their hash."""

    async def of_user(
        self, user_id: UUID, *, payment_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[PaymentView]: ...

    async def of_token(
        self, token_hash: bytes, *, payment_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[PaymentView]: ...


class PaymentReads(Protocol):
    """Lists, the newest first, in the caller's unit of work."""

    async def of_store(
        self, store_id: UUID, wanted: PaymentFilter, *, before: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[StorePaymentView]: ...

    async def every(
        self, wanted: PaymentFilter, *, before: UUID | None, limit: int
    ) -> Sequence[PaymentView]: ...

    async def stale(self, *, checked_before: datetime, limit: int) -> Sequence[UUID]:
        """Open ones that nobody has asked the provider about since then; they count as asked from now on."""
        ...

"""Payments' services. What speaks with providers ends units of work of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shoplytics.adapters.postgres.identity.administrators import PgAdministrators
from shoplytics.adapters.postgres.inbox import PgInbox
from shoplytics.adapters.postgres.payments import (
    PgOwnPayments,
    PgPaymentReads,
    PgPaymentRecords,
    PgPaymentState,
)
from shoplytics.adapters.postgres.tenancy import PgAuditLog
from shoplytics.adapters.postgres.work import Work
from shoplytics.adapters.sandbox import SandboxProvider
from shoplytics.bootstrap.checkout import checkouts
from shoplytics.bootstrap.infra import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.payments.ports import PaymentRecords
from shoplytics.modules.payments.service import (
    Intake,
    MismatchNotices,
    OwnPayments,
    Paying,
    PaymentsByHand,
    PaymentsService,
    Providers,
    Settling,
    Starting,
)
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import Checkouts
from shoplytics.ports.tenancy import AuditLog


@dataclass(frozen=True)
class WorkUnit:
    """See Unit in modules/payments/ports.py."""

    work: Work
    payments: PaymentRecords
    checkouts: Checkouts
    outbox: Outbox
    audit: AuditLog
    inbox: PgInbox

    async def commit(self) -> None:
        await self.work.commit()


class SystemUnits:
    """See Units in modules/payments/ports.py."""

    def __init__(self, infra: Infra) -> None:
        self._infra = infra

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WorkUnit]:
        async with self._infra.database.work(DbRole.SYSTEM, keyed=True) as work:
            yield _unit(WorkUnit, self._infra, work)


class JoinedUnit(WorkUnit):
    """Within a unit of work that somebody else ends."""

    async def commit(self) -> None:
        pass


class JoinedUnits:
    """See Units in modules/payments/ports.py; for whoever has a unit of work of the system's already."""

    def __init__(self, infra: Infra, work: Work) -> None:
        self._infra = infra
        self._work = work

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WorkUnit]:
        yield _unit(JoinedUnit, self._infra, self._work)


def _unit(kind: type[WorkUnit], infra: Infra, work: Work) -> WorkUnit:
    outbox = infra.outbox(work)
    return kind(
        work=work,
        payments=PgPaymentRecords(work),
        checkouts=checkouts(infra, work),
        outbox=outbox,
        audit=PgAuditLog(work),
        inbox=PgInbox(work, outbox),
    )


def _providers(infra: Infra) -> Providers:
    settings = infra.settings
    return Providers(infra.payment_providers, public_url=settings.public_url, title=settings.brand_title)


def paying(infra: Infra) -> Paying:
    state, providers = PgPaymentState(infra.database), _providers(infra)
    units = SystemUnits(infra)
    settling = Settling(units=units, state=state, providers=providers, clock=infra.clock)
    starting = Starting(units=units, state=state, providers=providers, settling=settling, clock=infra.clock)
    return Paying(starting=starting, settling=settling, state=state, providers=providers, clock=infra.clock)


def manual_payments(infra: Infra) -> PaymentsByHand:
    return PaymentsByHand(units=SystemUnits(infra), clock=infra.clock)


def joined_payments(infra: Infra, work: Work) -> PaymentsByHand:
    """What is recorded becomes real with `work`, or not at all."""
    return PaymentsByHand(units=JoinedUnits(infra, work), clock=infra.clock)


def _sandbox(infra: Infra) -> SandboxProvider:
    """For its pay page. Raises NotFound where it is not enabled."""
    found = infra.payment_providers.get(SandboxProvider.name)
    if not isinstance(found, SandboxProvider):
        raise NotFound
    return found


def _payments(infra: Infra, work: Work) -> PaymentsService:
    notices = MismatchNotices(
        administrators=PgAdministrators(work), mails=infra.mails(work), public_url=infra.settings.public_url
    )
    return PaymentsService(reads=PgPaymentReads(work), outbox=infra.outbox(work), notices=notices)


PAYMENTS_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {"payments": _payments}


PAYMENTS_ALONE: dict[str, Callable[[Infra], object]] = {
    "paying": paying,
    "own_payments": lambda infra: OwnPayments(reads=PgOwnPayments(infra.database)),
    "manual_payments": manual_payments,
    "webhook_intake": lambda infra: Intake(units=SystemUnits(infra), providers=_providers(infra)),
    "sandbox": _sandbox,
}

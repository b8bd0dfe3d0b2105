"""Orders that staff place: the system's work on their behalf."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shoplytics.adapters.postgres.catalog.shelf import PgShelf
from shoplytics.adapters.postgres.idempotency import PgOnce
from shoplytics.adapters.postgres.sales import PgSalesReads
from shoplytics.bootstrap.accounts import address_service
from shoplytics.bootstrap.checkout import checkout_service
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.payments import joined_payments
from shoplytics.bootstrap.tenancy import audit_log, store_directory
from shoplytics.kernel.access import DbRole
from shoplytics.modules.sales.service import PlacingUnit, StaffPlacing


class SystemPlacing:
    """See PlacingUnits in modules/sales/service/staff_placing.py."""

    def __init__(self, infra: Infra) -> None:
        self._infra = infra

    @asynccontextmanager
    async def open(self) -> AsyncIterator[PlacingUnit]:
        infra = self._infra
        async with infra.database.work(DbRole.SYSTEM) as work:
            yield PlacingUnit(
                checkout=checkout_service(infra, work),
                shelf=PgShelf(work),
                stores=store_directory(work),
                addresses=address_service(infra, work),
                reads=PgSalesReads(work),
                audit=audit_log(work),
                payments=joined_payments(infra, work),
                once=PgOnce(work),
                commit=work.commit,
            )


def staff_placing(infra: Infra) -> StaffPlacing:
    return StaffPlacing(units=SystemPlacing(infra), clock=infra.clock)

"""Sales' services."""

from collections.abc import Callable

from shoplytics.adapters.postgres.catalog import catalog_lookup
from shoplytics.adapters.postgres.sales import (
    PgAllCustomers,
    PgCheckouts,
    PgOrderMoves,
    PgOrderPages,
    PgOrderRecords,
    PgSalesReads,
)
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.bootstrap.tenancy import audit_log, store_directory
from shoplytics.modules.sales.service import OrderExports, PlatformCustomers, SalesService
from shoplytics.modules.sales.service.moving import Moving
from shoplytics.modules.sales.service.settlement import Settlement
from shoplytics.ports.sales import Checkouts


def _sales(infra: Infra, work: Work) -> SalesService:
    return SalesService(
        records=PgOrderRecords(work),
        reads=PgSalesReads(work),
        catalog=catalog_lookup(work),
        stores=store_directory(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        jobs=infra.jobs(work),
        objects=infra.objects,
        clock=infra.clock,
    )


def checkouts(infra: Infra, work: Work) -> Checkouts:
    """For payments, in their unit of work."""
    return _settlement(infra, work)


def _settlement(infra: Infra, work: Work) -> Settlement:
    return Settlement(
        checkouts=PgCheckouts(work),
        orders=PgOrderMoves(work),
        moving=order_moving(infra, work),
        stock=stock_keeper(infra, work),
        outbox=infra.outbox(work),
    )


def order_moving(infra: Infra, work: Work) -> Moving:
    return Moving(orders=PgOrderMoves(work), outbox=infra.outbox(work), clock=infra.clock)


def _platform_customers(_infra: Infra, work: Work) -> PlatformCustomers:
    return PlatformCustomers(customers=PgAllCustomers(work))


def _order_exports(infra: Infra) -> OrderExports:
    return OrderExports(pages=PgOrderPages(infra.database))


SALES_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "sales": _sales,
    "platform_customers": _platform_customers,
}
SALES_ALONE: dict[str, Callable[[Infra], object]] = {
    "order_exports": _order_exports,
}

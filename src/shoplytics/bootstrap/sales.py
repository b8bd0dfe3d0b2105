"""Sales' services."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shoplytics.adapters.postgres.catalog import catalog_lookup
from shoplytics.adapters.postgres.sales import (
    PgAllCustomers,
    PgCustomerPages,
    PgCustomers,
    PgOrderHandling,
    PgOrderMoves,
    PgOrderPages,
    PgOrderRecords,
    PgSalesReads,
    pg_discounts,
    pg_shipping_rates,
    pg_tax_rates,
)
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.carts import CARTS_WITH_WORK, cart_keeping
from shoplytics.bootstrap.checkout import (
    CHECKOUT_WITH_WORK,
    order_expiry,
    order_letters,
    order_moving,
)
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.staff_placing import staff_placing
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.bootstrap.tenancy import audit_log, store_directory
from shoplytics.kernel.access import DbRole
from shoplytics.modules.sales.service import (
    CustomerErasing,
    CustomerExports,
    CustomerService,
    DiscountService,
    ErasingUnit,
    OrderExports,
    ParcelLetters,
    PlatformCustomers,
    SalesService,
    ShippingRateService,
    StaffOrders,
    TaxRateService,
)
from shoplytics.modules.sales.service.fulfilling import Fulfilling
from shoplytics.modules.sales.service.handling import Desk
from shoplytics.modules.sales.service.refunding import Refunding
from shoplytics.modules.sales.service.returning import Returning


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
        letters=ParcelLetters(
            handling=PgOrderHandling(work), stores=store_directory(work), mails=infra.mails(work)
        ),
        expiry=order_expiry(infra, work),
        order_letters=order_letters(infra, work),
        carts=cart_keeping(infra, work),
        clock=infra.clock,
    )


def _staff_orders(infra: Infra, work: Work) -> StaffOrders:
    orders, handling, outbox = PgOrderMoves(work), PgOrderHandling(work), infra.outbox(work)
    stock = stock_keeper(infra, work)
    desk = Desk(orders=orders, moving=order_moving(infra, work), audit=audit_log(work))
    returning = Returning(desk=desk, handling=handling, stock=stock)
    return StaffOrders(
        desk=desk,
        orders=orders,
        handling=handling,
        fulfilling=Fulfilling(desk=desk, handling=handling, outbox=outbox, clock=infra.clock),
        returning=returning,
        refunding=Refunding(desk=desk, handling=handling, returning=returning, outbox=outbox),
        stock=stock,
        outbox=outbox,
        clock=infra.clock,
    )


def _platform_customers(_infra: Infra, work: Work) -> PlatformCustomers:
    return PlatformCustomers(customers=PgAllCustomers(work))


def _customers(infra: Infra, work: Work) -> CustomerService:
    return CustomerService(customers=PgCustomers(work), audit=audit_log(work), clock=infra.clock)


class SystemErasing:
    """See ErasingUnits in modules/sales/service/customers.py."""

    def __init__(self, infra: Infra) -> None:
        self._infra = infra

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ErasingUnit]:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            yield ErasingUnit(
                customers=PgCustomers(work),
                mails=self._infra.mails(work),
                audit=audit_log(work),
                commit=work.commit,
            )


def _order_exports(infra: Infra) -> OrderExports:
    return OrderExports(pages=PgOrderPages(infra.database))


def _discounts(infra: Infra, work: Work) -> DiscountService:
    return DiscountService(
        discounts=pg_discounts(work),
        catalog=catalog_lookup(work),
        stores=store_directory(work),
        audit=audit_log(work),
        clock=infra.clock,
    )


def _shipping_rates(infra: Infra, work: Work) -> ShippingRateService:
    return ShippingRateService(
        rates=pg_shipping_rates(work),
        stores=store_directory(work),
        audit=audit_log(work),
        clock=infra.clock,
    )


def _tax_rates(infra: Infra, work: Work) -> TaxRateService:
    return TaxRateService(rates=pg_tax_rates(work), audit=audit_log(work), clock=infra.clock)


SALES_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "sales": _sales,
    "platform_customers": _platform_customers,
    "staff_orders": _staff_orders,
    "customers": _customers,
    "discounts": _discounts,
    "shipping_rates": _shipping_rates,
    "tax_rates": _tax_rates,
    **CARTS_WITH_WORK,
    **CHECKOUT_WITH_WORK,
}
SALES_ALONE: dict[str, Callable[[Infra], object]] = {
    "order_exports": _order_exports,
    "staff_placing": staff_placing,
    "customer_erasing": lambda infra: CustomerErasing(units=SystemErasing(infra), clock=infra.clock),
    "customer_exports": lambda infra: CustomerExports(pages=PgCustomerPages(infra.database)),
}

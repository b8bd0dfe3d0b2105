"""Sales owns carts, orders, native and external, their lines, and the store's customers.

Publishes OrdersRecorded and what becomes of native orders. Listens to OrderShipped itself, to tell buyers,
and to UserErased.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, STAFF, members, platform, system
from shoplytics.kernel.module import Module
from shoplytics.modules.sales.routes import (
    ALL_CUSTOMERS,
    CHECKOUT,
    ERASE_CUSTOMERS,
    EXPORT,
    EXPORT_CUSTOMERS,
    IMPORT,
    MARK_PAID,
    READ_CUSTOMERS,
    READ_ORDERS,
    READ_SET_UP,
    REFUND,
    SHOP,
    WRITE_CUSTOMERS,
    WRITE_ORDERS,
    WRITE_SET_UP,
    CartController,
    CustomerController,
    DiscountController,
    OrderController,
    OrderHandlingController,
    PaidByHandController,
    PlatformCustomerController,
    QuoteController,
    ShippingRateController,
    TaxRateController,
)
from shoplytics.modules.sales.service import IMPORT_ORDERS
from shoplytics.modules.sales.tasks import forget_cart, import_orders, mail_parcel, purge_carts
from shoplytics.ports.identity import UserErased
from shoplytics.ports.sales import OrderShipped

sales = Module(
    name="sales",
    routes=(
        OrderController,
        PaidByHandController,
        CustomerController,
        PlatformCustomerController,
        OrderHandlingController,
        DiscountController,
        ShippingRateController,
        TaxRateController,
        CartController,
        QuoteController,
    ),
    permissions=(
        members(READ_ORDERS, MEMBERS, keys=True),
        members(READ_CUSTOMERS, STAFF, keys=True),
        members(WRITE_CUSTOMERS, STAFF, keys=True),
        members(EXPORT_CUSTOMERS, STAFF, keys=True),
        members(ERASE_CUSTOMERS, MANAGERS, keys=True),
        members(EXPORT, STAFF, keys=True),
        members(IMPORT, MANAGERS, keys=True),
        members(MARK_PAID, STAFF, keys=True),
        members(WRITE_ORDERS, STAFF, keys=True),
        members(REFUND, MANAGERS, keys=True),
        members(READ_SET_UP, MEMBERS, keys=True),
        members(WRITE_SET_UP, MANAGERS, keys=True),
        platform(ALL_CUSTOMERS),
        system(SHOP),
        system(CHECKOUT),
    ),
    jobs={IMPORT_ORDERS: import_orders},
    subscribers={OrderShipped: (mail_parcel,), UserErased: (forget_cart,)},
    schedule={purge_carts: "17 2 * * *"},
)

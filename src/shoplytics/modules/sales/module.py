"""Sales owns carts, orders, native and external, their lines, and the store's customers.

Publishes OrdersRecorded and what becomes of native orders, and listens to OrderPlaced, OrderPaid,
OrderCancelled and OrderShipped itself, to write letters. Listens to UserErased.
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
    OWN_ORDERS,
    READ_CARTS,
    READ_CUSTOMERS,
    READ_ORDERS,
    READ_SET_UP,
    REFUND,
    SHOP,
    WRITE_CUSTOMERS,
    WRITE_ORDERS,
    WRITE_SET_UP,
    AbandonedCartController,
    BoughtOrderController,
    CartController,
    CartRecoveryController,
    CheckoutController,
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
from shoplytics.modules.sales.tasks import (
    cancel_unpaid,
    forget_cart,
    free_stock,
    import_orders,
    mail_cancelled,
    mail_paid,
    mail_parcel,
    mail_placed,
    purge_carts,
    remind_of_carts,
)
from shoplytics.ports.identity import UserErased
from shoplytics.ports.sales import OrderCancelled, OrderPaid, OrderPlaced, OrderShipped

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
        CartRecoveryController,
        AbandonedCartController,
        QuoteController,
        CheckoutController,
        BoughtOrderController,
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
        members(READ_CARTS, STAFF, keys=True),
        system(SHOP),
        system(CHECKOUT),
        system(OWN_ORDERS),
    ),
    jobs={IMPORT_ORDERS: import_orders},
    subscribers={
        UserErased: (forget_cart,),
        OrderPlaced: (mail_placed,),
        OrderPaid: (mail_paid,),
        OrderCancelled: (mail_cancelled,),
        OrderShipped: (mail_parcel,),
    },
    schedule={
        remind_of_carts: "*/15 * * * *",
        purge_carts: "17 2 * * *",
        free_stock: "* * * * *",
        cancel_unpaid: "* * * * *",
    },
)

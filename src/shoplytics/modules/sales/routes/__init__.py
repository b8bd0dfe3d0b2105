"""Sales over HTTP: a file a controller."""

from shoplytics.modules.sales.routes.customers import CustomerController, PlatformCustomerController
from shoplytics.modules.sales.routes.discounts import DiscountController
from shoplytics.modules.sales.routes.handling import OrderHandlingController
from shoplytics.modules.sales.routes.orders import OrderController
from shoplytics.modules.sales.routes.payments_by_hand import PaidByHandController
from shoplytics.modules.sales.routes.permissions import (
    ALL_CUSTOMERS,
    EXPORT,
    IMPORT,
    MARK_PAID,
    READ_CUSTOMERS,
    READ_ORDERS,
    READ_SET_UP,
    REFUND,
    WRITE_ORDERS,
    WRITE_SET_UP,
)
from shoplytics.modules.sales.routes.rates import ShippingRateController, TaxRateController

__all__ = [
    "ALL_CUSTOMERS",
    "EXPORT",
    "IMPORT",
    "MARK_PAID",
    "READ_CUSTOMERS",
    "READ_ORDERS",
    "READ_SET_UP",
    "REFUND",
    "WRITE_ORDERS",
    "WRITE_SET_UP",
    "CustomerController",
    "DiscountController",
    "OrderController",
    "PaidByHandController",
    "OrderHandlingController",
    "PlatformCustomerController",
    "ShippingRateController",
    "TaxRateController",
]

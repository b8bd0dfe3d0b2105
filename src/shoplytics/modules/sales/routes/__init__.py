"""Sales over HTTP: a file a controller."""

from shoplytics.modules.sales.routes.customers import CustomerController, PlatformCustomerController
from shoplytics.modules.sales.routes.orders import OrderController
from shoplytics.modules.sales.routes.permissions import (
    ALL_CUSTOMERS,
    EXPORT,
    IMPORT,
    READ_CUSTOMERS,
    READ_ORDERS,
)

__all__ = [
    "ALL_CUSTOMERS",
    "EXPORT",
    "IMPORT",
    "READ_CUSTOMERS",
    "READ_ORDERS",
    "CustomerController",
    "OrderController",
    "PlatformCustomerController",
]

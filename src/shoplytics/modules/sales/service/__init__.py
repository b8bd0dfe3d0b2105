"""What can be done with orders and customers."""

from shoplytics.modules.sales.service.export import OrderExports
from shoplytics.modules.sales.service.importing import ImportOrders, ImportProgress, ImportResult
from shoplytics.modules.sales.service.platform import PlatformCustomers
from shoplytics.modules.sales.service.sales import IMPORT_ORDERS, SalesService

__all__ = [
    "IMPORT_ORDERS",
    "ImportOrders",
    "ImportProgress",
    "ImportResult",
    "OrderExports",
    "PlatformCustomers",
    "SalesService",
]

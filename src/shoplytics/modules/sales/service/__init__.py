"""What can be done with orders and customers."""

from shoplytics.modules.sales.service.discounts import DiscountService
from shoplytics.modules.sales.service.export import OrderExports
from shoplytics.modules.sales.service.importing import ImportOrders, ImportProgress, ImportResult
from shoplytics.modules.sales.service.parcels import ParcelLetters
from shoplytics.modules.sales.service.platform import PlatformCustomers
from shoplytics.modules.sales.service.rates import ShippingRateService, TaxRateService
from shoplytics.modules.sales.service.sales import IMPORT_ORDERS, SalesService
from shoplytics.modules.sales.service.staff_orders import StaffOrders

__all__ = [
    "IMPORT_ORDERS",
    "DiscountService",
    "ImportOrders",
    "ImportProgress",
    "ImportResult",
    "OrderExports",
    "ParcelLetters",
    "PlatformCustomers",
    "SalesService",
    "ShippingRateService",
    "StaffOrders",
    "TaxRateService",
]

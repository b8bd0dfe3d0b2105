"""What can be done with orders and customers."""

from shoplytics.modules.sales.service.buying import BoughtService
from shoplytics.modules.sales.service.cancelling import Cancelling, Expiry
from shoplytics.modules.sales.service.cart_keeping import CartKeeping
from shoplytics.modules.sales.service.cart_opening import CartOpening
from shoplytics.modules.sales.service.carts import CartService
from shoplytics.modules.sales.service.checkout import CheckoutService
from shoplytics.modules.sales.service.customers import (
    CustomerErasing,
    CustomerExports,
    CustomerService,
    ErasingUnit,
)
from shoplytics.modules.sales.service.discounts import DiscountService
from shoplytics.modules.sales.service.export import OrderExports
from shoplytics.modules.sales.service.importing import ImportOrders, ImportProgress, ImportResult
from shoplytics.modules.sales.service.letters import OrderLetters
from shoplytics.modules.sales.service.moving import Moving
from shoplytics.modules.sales.service.order_tokens import OrderTokens
from shoplytics.modules.sales.service.parcels import ParcelLetters
from shoplytics.modules.sales.service.platform import PlatformCustomers
from shoplytics.modules.sales.service.quotes import QuoteService
from shoplytics.modules.sales.service.rates import ShippingRateService, TaxRateService
from shoplytics.modules.sales.service.recovery import AbandonedCartList, CartRecovery, CartReminders
from shoplytics.modules.sales.service.sales import IMPORT_ORDERS, SalesService
from shoplytics.modules.sales.service.settlement import Settlement
from shoplytics.modules.sales.service.staff_orders import StaffOrders
from shoplytics.modules.sales.service.staff_placing import PlacingUnit, StaffPlacing

__all__ = [
    "IMPORT_ORDERS",
    "AbandonedCartList",
    "BoughtService",
    "Cancelling",
    "CartKeeping",
    "CartOpening",
    "CartRecovery",
    "CartReminders",
    "CartService",
    "CheckoutService",
    "CustomerErasing",
    "CustomerExports",
    "CustomerService",
    "DiscountService",
    "ErasingUnit",
    "Expiry",
    "ImportOrders",
    "ImportProgress",
    "ImportResult",
    "Moving",
    "OrderExports",
    "OrderLetters",
    "OrderTokens",
    "ParcelLetters",
    "PlacingUnit",
    "PlatformCustomers",
    "QuoteService",
    "SalesService",
    "Settlement",
    "ShippingRateService",
    "StaffOrders",
    "StaffPlacing",
    "TaxRateService",
]

"""Sales over HTTP: a file a controller."""

from shoplytics.modules.sales.routes.abandoned import AbandonedCartController, CartRecoveryController
from shoplytics.modules.sales.routes.buyer import BoughtOrderController
from shoplytics.modules.sales.routes.carts import CartController, QuoteController
from shoplytics.modules.sales.routes.checkout import CheckoutController
from shoplytics.modules.sales.routes.customers import CustomerController, PlatformCustomerController
from shoplytics.modules.sales.routes.discounts import DiscountController
from shoplytics.modules.sales.routes.handling import OrderHandlingController
from shoplytics.modules.sales.routes.orders import OrderController
from shoplytics.modules.sales.routes.payments_by_hand import PaidByHandController
from shoplytics.modules.sales.routes.permissions import (
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
)
from shoplytics.modules.sales.routes.rates import ShippingRateController, TaxRateController
from shoplytics.modules.sales.routes.staff_placing import StaffPlacingController

__all__ = [
    "ALL_CUSTOMERS",
    "CHECKOUT",
    "ERASE_CUSTOMERS",
    "EXPORT",
    "EXPORT_CUSTOMERS",
    "IMPORT",
    "MARK_PAID",
    "OWN_ORDERS",
    "READ_CARTS",
    "READ_CUSTOMERS",
    "READ_ORDERS",
    "READ_SET_UP",
    "REFUND",
    "SHOP",
    "WRITE_CUSTOMERS",
    "WRITE_ORDERS",
    "WRITE_SET_UP",
    "AbandonedCartController",
    "BoughtOrderController",
    "CartController",
    "CartRecoveryController",
    "CheckoutController",
    "CustomerController",
    "DiscountController",
    "OrderController",
    "OrderHandlingController",
    "PaidByHandController",
    "PlatformCustomerController",
    "QuoteController",
    "ShippingRateController",
    "StaffPlacingController",
    "TaxRateController",
]

"""What the routes of sales accept."""

from shoplytics.modules.sales.schemas.addresses import AddressForm
from shoplytics.modules.sales.schemas.carts import (
    CartChange,
    CartCode,
    CartItemChange,
    NewCartItem,
    QuoteInput,
    ReminderToken,
    ShippingChoice,
)
from shoplytics.modules.sales.schemas.checkout import Cancellation, CheckoutForm
from shoplytics.modules.sales.schemas.customers import CustomerPatch
from shoplytics.modules.sales.schemas.fields import Amount, Price
from shoplytics.modules.sales.schemas.handling import (
    CancelInput,
    OrderPatch,
    PiecesInput,
    RefundInput,
    ReturnInput,
    ShipInput,
)
from shoplytics.modules.sales.schemas.setup import (
    DiscountPatch,
    NewDiscount,
    NewShippingRate,
    NewTaxRate,
    PlaceInput,
    ShippingRatePatch,
    TaxRatePatch,
)
from shoplytics.modules.sales.schemas.staff_orders import StaffLine, StaffOrderForm

__all__ = [
    "AddressForm",
    "Amount",
    "CancelInput",
    "Cancellation",
    "CartChange",
    "CartCode",
    "CartItemChange",
    "CheckoutForm",
    "CustomerPatch",
    "DiscountPatch",
    "NewCartItem",
    "NewDiscount",
    "NewShippingRate",
    "NewTaxRate",
    "OrderPatch",
    "PiecesInput",
    "PlaceInput",
    "Price",
    "QuoteInput",
    "RefundInput",
    "ReminderToken",
    "ReturnInput",
    "ShipInput",
    "ShippingChoice",
    "ShippingRatePatch",
    "StaffLine",
    "StaffOrderForm",
    "TaxRatePatch",
]

"""What the routes of sales accept."""

from shoplytics.modules.sales.schemas.addresses import AddressForm
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

__all__ = [
    "AddressForm",
    "Amount",
    "CancelInput",
    "DiscountPatch",
    "NewDiscount",
    "NewShippingRate",
    "NewTaxRate",
    "OrderPatch",
    "PiecesInput",
    "PlaceInput",
    "Price",
    "RefundInput",
    "ReturnInput",
    "ShipInput",
    "ShippingRatePatch",
    "TaxRatePatch",
]

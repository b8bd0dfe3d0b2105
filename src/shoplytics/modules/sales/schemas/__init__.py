"""What the routes of sales accept."""

from shoplytics.modules.sales.schemas.addresses import AddressForm
from shoplytics.modules.sales.schemas.fields import Amount, Price
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
    "DiscountPatch",
    "NewDiscount",
    "NewShippingRate",
    "NewTaxRate",
    "PlaceInput",
    "Price",
    "ShippingRatePatch",
    "TaxRatePatch",
]

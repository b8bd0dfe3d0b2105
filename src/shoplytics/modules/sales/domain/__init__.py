"""The rules of carts, prices and orders."""

from shoplytics.kernel.tokens import new_token, token_hash
from shoplytics.modules.sales.domain.carts import (
    MOST_CODES,
    MOST_LINES,
    MOST_PIECES,
    CurrencyMismatch,
    EmptyCart,
    NotSoldHere,
    OutOfStock,
    joined,
)
from shoplytics.modules.sales.domain.discounts import Discount, DiscountKind, DiscountScope
from shoplytics.modules.sales.domain.orders import MOVES, IllegalTransition, Move, moved
from shoplytics.modules.sales.domain.pieces import (
    Pieces,
    RefundTooLarge,
    TooManyPieces,
    checked_pieces,
    worth,
)
from shoplytics.modules.sales.domain.places import Place, nearest
from shoplytics.modules.sales.domain.pricing import CartLine, Given, Priced, PricedLine, price
from shoplytics.modules.sales.domain.rates import ShippingRate, TaxRate, shipping_options, tax_rates_at
from shoplytics.modules.sales.domain.setup import (
    MOST,
    DiscountCodeTaken,
    KeptDiscount,
    KeptShippingRate,
    KeptTaxRate,
    LimitBelowUsed,
    SetUp,
    TooManySetUp,
    percent_of,
    rate_of,
)
from shoplytics.modules.sales.domain.spreading import MILLION, contained, share, spread

__all__ = [
    "MILLION",
    "MOST",
    "MOST_CODES",
    "MOST_LINES",
    "MOST_PIECES",
    "MOVES",
    "CartLine",
    "CurrencyMismatch",
    "Discount",
    "DiscountCodeTaken",
    "DiscountKind",
    "DiscountScope",
    "EmptyCart",
    "Given",
    "IllegalTransition",
    "KeptDiscount",
    "KeptShippingRate",
    "KeptTaxRate",
    "LimitBelowUsed",
    "Move",
    "NotSoldHere",
    "OutOfStock",
    "Pieces",
    "Place",
    "Priced",
    "PricedLine",
    "RefundTooLarge",
    "SetUp",
    "ShippingRate",
    "TaxRate",
    "TooManyPieces",
    "TooManySetUp",
    "checked_pieces",
    "contained",
    "joined",
    "moved",
    "nearest",
    "new_token",
    "percent_of",
    "price",
    "rate_of",
    "share",
    "shipping_options",
    "spread",
    "tax_rates_at",
    "token_hash",
    "worth",
]

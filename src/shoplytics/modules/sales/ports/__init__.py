"""What sales needs from its tables."""

from shoplytics.modules.sales.domain.people import Person
from shoplytics.modules.sales.ports.carts import CartOwner, CartRepository, CartRow, StoredCart
from shoplytics.modules.sales.ports.checkouts import CheckoutRecords, FoundCheckout
from shoplytics.modules.sales.ports.customers import CustomerPages, CustomerRecords
from shoplytics.modules.sales.ports.handling import (
    BuyerLetters,
    NewFulfilment,
    NewRefund,
    NewReturn,
    OrderHandling,
    Parcel,
)
from shoplytics.modules.sales.ports.moving import Entry, OrderMoves, OrderPiece, OrderState
from shoplytics.modules.sales.ports.orders import (
    AllCustomers,
    ExportedOrder,
    OrderFilter,
    OrderPages,
    OrderRecord,
    OrderRecords,
    PageOf,
    SalesReads,
    StoredOrder,
)
from shoplytics.modules.sales.ports.placing import (
    BoughtOrders,
    Buyer,
    KeptDiscount,
    KeptTax,
    NewCheckout,
    NewOrder,
    OrderPlacing,
    PlacedOrder,
    Use,
)
from shoplytics.modules.sales.ports.prices import (
    PriceBook,
    PriceBooks,
    WantedLine,
)
from shoplytics.modules.sales.ports.recovery import (
    AbandonedCarts,
    CartReminderRecords,
    LeftCart,
    Reminded,
)
from shoplytics.modules.sales.ports.setup import SetUpFilter, SetUps

__all__ = [
    "AbandonedCarts",
    "AllCustomers",
    "BoughtOrders",
    "Buyer",
    "BuyerLetters",
    "CartOwner",
    "CartReminderRecords",
    "CartRepository",
    "CartRow",
    "CheckoutRecords",
    "CustomerPages",
    "CustomerRecords",
    "Entry",
    "ExportedOrder",
    "FoundCheckout",
    "KeptDiscount",
    "KeptTax",
    "LeftCart",
    "NewCheckout",
    "NewFulfilment",
    "NewOrder",
    "NewRefund",
    "NewReturn",
    "OrderFilter",
    "OrderHandling",
    "OrderMoves",
    "OrderPages",
    "OrderPiece",
    "OrderPlacing",
    "OrderRecord",
    "OrderRecords",
    "OrderState",
    "PageOf",
    "Parcel",
    "Person",
    "PlacedOrder",
    "PriceBook",
    "PriceBooks",
    "Reminded",
    "SalesReads",
    "SetUpFilter",
    "SetUps",
    "StoredCart",
    "StoredOrder",
    "Use",
    "WantedLine",
]

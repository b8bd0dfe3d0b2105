"""What sales needs from its tables."""

from shoplytics.modules.sales.ports.orders import (
    AllCustomers,
    OrderFilter,
    OrderPages,
    OrderRecord,
    OrderRecords,
    PageOf,
    Person,
    SalesReads,
    StoredOrder,
)
from shoplytics.modules.sales.ports.prices import (
    PriceBook,
    PriceBooks,
    WantedLine,
)

__all__ = [
    "AllCustomers",
    "OrderFilter",
    "OrderPages",
    "OrderRecord",
    "OrderRecords",
    "PageOf",
    "Person",
    "PriceBook",
    "PriceBooks",
    "SalesReads",
    "StoredOrder",
    "WantedLine",
]

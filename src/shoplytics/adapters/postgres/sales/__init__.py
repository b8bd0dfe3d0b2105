"""Sales in PostgreSQL: orders recorded in sets, read in pages, exported whole."""

from shoplytics.adapters.postgres.sales.bought import PgBoughtOrders
from shoplytics.adapters.postgres.sales.carts import PgCarts
from shoplytics.adapters.postgres.sales.checkouts import PgCheckouts
from shoplytics.adapters.postgres.sales.customers import PgCustomerPages, PgCustomers
from shoplytics.adapters.postgres.sales.export import PgOrderPages
from shoplytics.adapters.postgres.sales.handling import PgOrderHandling
from shoplytics.adapters.postgres.sales.moving import PgOrderMoves
from shoplytics.adapters.postgres.sales.placing import PgOrderPlacing
from shoplytics.adapters.postgres.sales.platform import PgAllCustomers
from shoplytics.adapters.postgres.sales.reading import PgSalesReads
from shoplytics.adapters.postgres.sales.recording import PgOrderRecords
from shoplytics.adapters.postgres.sales.recovery import PgAbandonedCarts, PgCartReminders
from shoplytics.adapters.postgres.sales.setup import pg_discounts, pg_shipping_rates, pg_tax_rates

__all__ = [
    "PgAbandonedCarts",
    "PgAllCustomers",
    "PgBoughtOrders",
    "PgCartReminders",
    "PgCarts",
    "PgCheckouts",
    "PgCustomerPages",
    "PgCustomers",
    "PgOrderHandling",
    "PgOrderMoves",
    "PgOrderPages",
    "PgOrderPlacing",
    "PgOrderRecords",
    "PgSalesReads",
    "pg_discounts",
    "pg_shipping_rates",
    "pg_tax_rates",
]

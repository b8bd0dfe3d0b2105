"""Sales owns orders, native and external, their lines, and the store's customers.

Publishes OrdersRecorded. Listens to nothing.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, STAFF, members
from shoplytics.kernel.module import Module
from shoplytics.modules.sales.routes import (
    EXPORT,
    IMPORT,
    READ_CUSTOMERS,
    READ_ORDERS,
    CustomerController,
    OrderController,
)
from shoplytics.modules.sales.service import IMPORT_ORDERS
from shoplytics.modules.sales.tasks import import_orders

sales = Module(
    name="sales",
    routes=(OrderController, CustomerController),
    permissions=(
        members(READ_ORDERS, MEMBERS, keys=True),
        members(READ_CUSTOMERS, STAFF, keys=True),
        members(EXPORT, STAFF, keys=True),
        members(IMPORT, MANAGERS, keys=True),
    ),
    jobs={IMPORT_ORDERS: import_orders},
)

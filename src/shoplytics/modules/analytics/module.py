"""Analytics owns the read tables of orders and the reports over them and over tracking's rollups.

Publishes nothing. Listens to OrdersRecorded of sales.
"""

from shoplytics.kernel.access import MEMBERS, members
from shoplytics.kernel.module import Module
from shoplytics.modules.analytics.routes import READ, AnalyticsController
from shoplytics.modules.analytics.tasks import record_orders
from shoplytics.ports.sales import OrdersRecorded

analytics = Module(
    name="analytics",
    routes=(AnalyticsController,),
    permissions=(members(READ, MEMBERS, keys=True),),
    subscribers={OrdersRecorded: (record_orders,)},
)

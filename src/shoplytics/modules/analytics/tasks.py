"""What the worker runs for analytics."""

from shoplytics.modules.analytics.service import AnalyticsService
from shoplytics.ports.sales import OrdersRecorded


async def record_orders(event: OrdersRecorded, analytics: AnalyticsService) -> None:
    """Keep the facts of orders for the reports."""
    await analytics.record_orders(event)

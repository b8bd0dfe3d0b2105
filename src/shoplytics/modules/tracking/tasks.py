"""What the worker runs for tracking."""

from datetime import datetime

from shoplytics.modules.tracking.service import TrackingService


async def forget_visitors(now: datetime, tracking: TrackingService) -> None:
    """Delete salts whose day is over: after that nobody can find out whose visit it was."""
    await tracking.forget(now)

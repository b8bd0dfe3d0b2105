"""What identity does by itself."""

from datetime import datetime

from shoplytics.modules.identity.service import IdentityService


async def sweep(now: datetime, service: IdentityService) -> None:
    """Forget sessions, tokens and counters that ended long ago."""
    await service.sweep(now=now)

"""What tenancy does when others report facts."""

from shoplytics.modules.tenancy.service import TenancyService
from shoplytics.ports.identity import UserChanged


async def refresh_member(event: UserChanged, service: TenancyService) -> None:
    """Keep the copies of a user's name and address in the lists of members."""
    await service.refresh_member(change=event)

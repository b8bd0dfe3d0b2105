"""What tenancy does when others report facts, and what it mails."""

from shoplytics.modules.tenancy.service import TenancyService
from shoplytics.ports.identity import UserChanged, UserErased
from shoplytics.ports.tenancy import InvitationAsked


async def refresh_member(event: UserChanged, service: TenancyService) -> None:
    """Keep the copies of a user's name and address in the lists of members."""
    await service.refresh_member(change=event)


async def forget_user(event: UserErased, service: TenancyService) -> None:
    """Overwrite the copies of an erased user's name and address."""
    await service.forget_user(event=event)


async def mail_invitation(event: InvitationAsked, service: TenancyService) -> None:
    """Make the link of an invitation and mail it."""
    await service.letters.send(event=event)

"""What tenancy does when others report facts, and what it mails."""

from shoplytics.modules.tenancy.service import TenancyService
from shoplytics.modules.tenancy.service.logos import SIDE, SetLogo
from shoplytics.ports.identity import UserChanged, UserErased
from shoplytics.ports.jobs import JobRun
from shoplytics.ports.pictures import PictureTaken
from shoplytics.ports.tenancy import InvitationAsked, LogoDropped, OwnershipTransferred, RoleChanged


async def set_logo(run: JobRun[TenancyService]) -> None:
    """Make the upload a small picture and show it; a refused one leaves the former."""
    asked, taken = run.payload(SetLogo), run.cursor(PictureTaken)
    if taken is None:
        async with run.batch() as batch:
            pictures = batch.service.logos.pictures
        async with pictures.rendered(asked.upload, side=SIDE) as key, run.batch() as batch:
            taken = await batch.service.logos.take(asked=asked, job_id=run.id, key=key)
            await batch.progress(done=1, total=1, cursor=taken)
    await run.finish(taken)


async def remove_logo(event: LogoDropped, service: TenancyService) -> None:
    """Remove a picture that nobody shows any more."""
    await service.logos.pictures.remove(event.key)


async def refresh_member(event: UserChanged, service: TenancyService) -> None:
    """Keep the copies of a user's name and address in the lists of members."""
    await service.refresh_member(change=event)


async def forget_user(event: UserErased, service: TenancyService) -> None:
    """End what an erased user had in stores, and what names them."""
    await service.forget_user(event=event)


async def mail_invitation(event: InvitationAsked, service: TenancyService) -> None:
    """Make the link of an invitation and mail it."""
    await service.letters.send(event=event)


async def note_role(event: RoleChanged, service: TenancyService) -> None:
    """Tell a member of their new role."""
    await service.notices.role_changed(event=event)


async def note_owner(event: OwnershipTransferred, service: TenancyService) -> None:
    """Tell both sides that a store was handed over."""
    await service.notices.ownership_transferred(event=event)

"""What identity does by itself."""

from datetime import datetime

from shoplytics.kernel.events import Event
from shoplytics.modules.identity.service import IdentityService
from shoplytics.modules.identity.service.avatars import SIDE, SetAvatar
from shoplytics.ports.identity import AvatarDropped, UserErased
from shoplytics.ports.jobs import JobRun
from shoplytics.ports.pictures import PictureTaken


async def set_avatar(run: JobRun[IdentityService]) -> None:
    """Make the upload a small picture and show it; a refused one leaves the former."""
    asked, taken = run.payload(SetAvatar), run.cursor(PictureTaken)
    if taken is None:
        async with run.batch() as batch:
            pictures = batch.service.avatars.pictures
        async with pictures.rendered(asked.upload, side=SIDE) as key, run.batch() as batch:
            taken = await batch.service.avatars.take(asked=asked, job_id=run.id, key=key)
            await batch.progress(done=1, total=1, cursor=taken)
    await run.finish(taken)


async def remove_avatar(event: AvatarDropped, service: IdentityService) -> None:
    """Remove a picture that nobody shows any more."""
    await service.avatars.pictures.remove(event.key)


async def sweep(now: datetime, service: IdentityService) -> None:
    """Forget sessions, tokens, codes, networks and counters that ended long ago."""
    await service.sweep(now=now)


async def write_letter(event: Event, service: IdentityService) -> None:
    """Write what the event asks for, to whom it concerns."""
    await service.correspondence.write(event)


async def forget(event: UserErased, service: IdentityService) -> None:
    """Remove the sessions, tokens, codes and networks of an erased account."""
    await service.ending.forget(event=event)


async def erase_deleted(now: datetime, service: IdentityService) -> None:
    """Erase accounts that were deleted thirty days ago."""
    await service.ending.erase_due(now=now)

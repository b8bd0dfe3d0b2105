"""What identity does by itself."""

from datetime import datetime

from shoplytics.modules.identity.service import IdentityService
from shoplytics.modules.identity.service.avatars import SIDE, SetAvatar
from shoplytics.ports.identity import (
    AccountClosed,
    AvatarDropped,
    CodeAsked,
    EmailChangeAsked,
    EmailChanged,
    PasswordChanged,
    PasswordForgotten,
    RegistrationRepeated,
    SecurityChanged,
    UserErased,
    UserRegistered,
    VerificationAsked,
)
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


async def welcome(event: UserRegistered, service: IdentityService) -> None:
    """Greet a new user, and ask them to prove their address."""
    await service.correspondence.welcome(event)


async def tell_owner(event: RegistrationRepeated, service: IdentityService) -> None:
    """Tell the owner of an address that somebody tried to register it."""
    await service.correspondence.address_taken(event)


async def mail_verification(event: VerificationAsked, service: IdentityService) -> None:
    """Mail another link that proves an address."""
    await service.correspondence.verify_email(event)


async def mail_reset(event: PasswordForgotten, service: IdentityService) -> None:
    """Mail a link that sets a new password."""
    await service.correspondence.reset_password(event)


async def send_code(event: CodeAsked, service: IdentityService) -> None:
    """Make a one-time code and send it."""
    await service.correspondence.send_code(event)


async def send_change_code(event: EmailChangeAsked, service: IdentityService) -> None:
    """Make a code for the address to be, or tell its owner."""
    await service.correspondence.change_email(event)


async def note_password(event: PasswordChanged, service: IdentityService) -> None:
    """Tell the owner that the password was changed."""
    await service.correspondence.password_changed(event)


async def note_security(event: SecurityChanged, service: IdentityService) -> None:
    """Tell the owner that one gets in to the account in another way than before."""
    await service.correspondence.security_changed(event)


async def note_closing(event: AccountClosed, service: IdentityService) -> None:
    """Confirm to an account's address that it was closed."""
    await service.correspondence.account_closed(event)


async def note_email(event: EmailChanged, service: IdentityService) -> None:
    """Tell the former address that it is one."""
    await service.correspondence.email_changed(event)


async def forget(event: UserErased, service: IdentityService) -> None:
    """Remove the sessions, tokens, codes and networks of an erased account."""
    await service.ending.forget(event=event)


async def erase_deleted(now: datetime, service: IdentityService) -> None:
    """Erase accounts that were deleted thirty days ago."""
    await service.ending.erase_due(now=now)

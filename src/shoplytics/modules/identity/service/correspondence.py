"""What a worker does when somebody asked for a letter: only here is it looked up who that is.

Every method may run twice: a code lies under its challenge's id, a token under its event's, and a letter is
one per event and address. What would arrive after its time is not made.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.events import Event
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.preferences import Preferences
from shoplytics.modules.identity.domain.codes import CODE_LIFE, CodeSeal, Purpose
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.leaving import RESTORABLE
from shoplytics.modules.identity.domain.letters import (
    AccountClosed,
    AddressTaken,
    Code,
    EmailChanged,
    PasswordChanged,
    ResetPassword,
    SecurityChanged,
    VerifyEmail,
    Welcome,
)
from shoplytics.modules.identity.domain.tokens import (
    RESET,
    RESET_LIFE,
    VERIFY,
    VERIFY_LIFE,
    digest,
    new_secret,
)
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import (
    CodeRepository,
    KeptCode,
    NewToken,
    TokenRepository,
    UserRepository,
)
from shoplytics.modules.identity.service.targets import is_at, kind_of
from shoplytics.ports import identity as facts
from shoplytics.ports.mails import Mails

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def _greeting(user: User) -> str:
    """Nobody's words but their own: whoever registered an unproved address may have been a stranger to it."""
    return user.name if user.email_verified_at is not None else ""


class Correspondence:
    """Within a worker's unit of work. `public_url` begins every link."""

    def __init__(
        self,
        *,
        users: UserRepository,
        tokens: TokenRepository,
        codes: CodeRepository,
        seal: CodeSeal,
        mails: Mails,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._users = users
        self._tokens = tokens
        self._codes = codes
        self._seal = seal
        self._mails = mails
        self._url = public_url.rstrip("/")
        self._clock = clock

    async def write(self, event: Event) -> None:
        """Whatever LETTERS has for it."""
        await LETTERS[type(event)](self, event)

    async def welcome(self, event: facts.UserRegistered) -> None:
        """Greets, with a link that proves the address; one that is proved already needs none."""
        user = await self._user(event.user_id)
        if user is None or user.email_verified_at is not None:
            return
        link = await self._link(event, user, VERIFY, VERIFY_LIFE)
        if link is not None:
            letter = Welcome(name=_greeting(user), link=link, hours=VERIFY_LIFE // HOUR)
            await self._send(letter, event, reader=user, to=user.email, life=VERIFY_LIFE)

    async def verify_email(self, event: facts.VerificationAsked) -> None:
        user = await self._users.by_email(event.email)
        if user is None or user.email_verified_at is not None or user.disabled_at is not None:
            return
        link = await self._link(event, user, VERIFY, VERIFY_LIFE)
        if link is not None:
            letter = VerifyEmail(name=_greeting(user), link=link, hours=VERIFY_LIFE // HOUR)
            await self._send(letter, event, reader=user, to=user.email, life=VERIFY_LIFE)

    async def reset_password(self, event: facts.PasswordForgotten) -> None:
        user = await self._users.by_email(event.email)
        if user is None or user.disabled_at is not None:
            return
        link = await self._link(event, user, RESET, RESET_LIFE)
        if link is not None:
            letter = ResetPassword(name=_greeting(user), link=link, minutes=RESET_LIFE // MINUTE)
            await self._send(letter, event, reader=user, to=user.email, life=RESET_LIFE)

    async def send_code(self, event: facts.CodeAsked) -> None:
        purpose = Purpose(event.purpose)
        user = await self._reader(purpose, event.target, event.user_id)
        code = await self._code(
            event, purpose, event.target, user.id if user else None, real=user is not None
        )
        if code is not None:
            letter = Code(digits=code, purpose=purpose, minutes=CODE_LIFE // MINUTE)
            await self._send(letter, event, reader=user, to=event.target, life=CODE_LIFE)

    async def change_email(self, event: facts.EmailChangeAsked) -> None:
        """To the address to be; if it has an account, its owner hears of that instead."""
        owner = await self._users.by_email(event.email)
        taken = owner is not None and owner.id != event.user_id
        code = await self._code(event, Purpose.CHANGE_EMAIL, event.email, event.user_id, real=not taken)
        if owner is not None and taken:
            await self._tell_owner(event, owner)
        elif code is not None:
            letter = Code(digits=code, purpose=Purpose.CHANGE_EMAIL, minutes=CODE_LIFE // MINUTE)
            asker = await self._user(event.user_id)
            await self._send(letter, event, reader=asker, to=event.email, life=CODE_LIFE)

    async def address_taken(self, event: facts.RegistrationRepeated) -> None:
        owner = await self._user(event.user_id)
        if owner is not None:
            await self._tell_owner(event, owner)

    async def password_changed(self, event: facts.PasswordChanged) -> None:
        user = await self._user(event.user_id)
        if user is not None:
            letter = PasswordChanged(
                name=_greeting(user),
                when=event.occurred_at,
                device=event.device,
                link=f"{self._url}/forgot-password",
            )
            await self._send(letter, event, reader=user, to=user.email)

    async def security_changed(self, event: facts.SecurityChanged) -> None:
        """To proved addresses only: elsewhere, changes to and fro would be a way to write to a stranger."""
        user = await self._user(event.user_id)
        if user is not None and user.email_verified_at is not None:
            letter = SecurityChanged(
                name=_greeting(user),
                what=event.what,
                detail=event.detail,
                when=event.occurred_at,
                device=event.device,
                link=f"{self._url}/forgot-password",
            )
            await self._send(letter, event, reader=user, to=user.email)

    async def account_closed(self, event: facts.AccountClosed) -> None:
        letter = AccountClosed(
            name=event.name, when=event.occurred_at, device=event.device, days=RESTORABLE.days
        )
        await self._mails.add(letter, to=event.email, cause=event.id, locale=event.locale)

    async def email_changed(self, event: facts.EmailChanged) -> None:
        user = await self._user(event.user_id)
        letter = EmailChanged(
            name=_greeting(user) if user else "",
            new_email=event.email,
            when=event.occurred_at,
            device=event.device,
        )
        await self._send(letter, event, reader=user, to=event.former)

    async def _user(self, user_id: UUID) -> User | None:
        try:
            return await self._users.get(user_id)
        except NotFound:
            return None

    async def _reader(self, purpose: Purpose, target: str, asker: UUID | None) -> User | None:
        """Who reads that address, if this may be sent there."""
        if kind_of(target) is IdentifierKind.EMAIL:
            user = await self._users.by_email(target)
            found = [user] if user is not None else []
        else:
            found = [
                user
                for user in await self._users.by_phone(target)
                if is_at(user, IdentifierKind.PHONE, target, purpose)
            ]
        if len(found) > 1:  # several claim the number: whoever asks from inside means theirs
            found = [user for user in found if user.id == asker]
        return found[0] if found and found[0].disabled_at is None else None

    async def _code(
        self, event: Event, purpose: Purpose, target: str, user_id: UUID | None, *, real: bool
    ) -> str | None:
        """A new code for the event's challenge; None when nobody is to be sent one, or was already.

        The challenge is kept either way, so that a guess at it costs the same.
        """
        code, until = self._seal.new_code(), event.occurred_at + CODE_LIFE
        if until <= self._clock():
            return None
        sealed = self._seal.seal(code, challenge_id=event.id, purpose=purpose, target=target)
        added = await self._codes.add(
            KeptCode(
                id=event.id,
                purpose=purpose,
                target=target,
                user_id=user_id,
                code_hash=sealed if real else self._seal.nobodys(),
                created_at=event.occurred_at,
                expires_at=until,
            )
        )
        return code if added and real else None

    async def _link(self, event: Event, user: User, purpose: str, life: timedelta) -> str | None:
        """With a new token in its fragment, which no server and no log gets to see."""
        token, until = new_secret(), event.occurred_at + life
        if until <= self._clock():
            return None
        added = await self._tokens.add(
            NewToken(
                purpose=purpose,
                user_id=user.id,
                email=user.email,
                token_hash=digest(token),
                cause=event.id,
                created_at=event.occurred_at,
                expires_at=until,
            )
        )
        return f"{self._url}/{purpose.replace('_', '-')}#token={token}" if added else None

    async def _tell_owner(self, event: Event, owner: User) -> None:
        letter = AddressTaken(
            name=_greeting(owner), when=event.occurred_at, link=f"{self._url}/forgot-password"
        )
        await self._send(letter, event, reader=owner, to=owner.email)

    async def _send(
        self,
        letter: Letter,
        event: Event,
        *,
        reader: User | None,
        to: str,
        life: timedelta | None = None,
    ) -> None:
        """In the language that its reader wishes."""
        until = event.occurred_at + life if life is not None else None
        locale = (reader.preferences if reader else Preferences()).locale
        await self._mails.add(letter, to=to, cause=event.id, locale=locale, expires_at=until)


LETTERS: Mapping[type[Event], Callable[[Correspondence, Any], Awaitable[None]]] = {
    facts.UserRegistered: Correspondence.welcome,
    facts.RegistrationRepeated: Correspondence.address_taken,
    facts.VerificationAsked: Correspondence.verify_email,
    facts.PasswordForgotten: Correspondence.reset_password,
    facts.CodeAsked: Correspondence.send_code,
    facts.EmailChangeAsked: Correspondence.change_email,
    facts.PasswordChanged: Correspondence.password_changed,
    facts.SecurityChanged: Correspondence.security_changed,
    facts.EmailChanged: Correspondence.email_changed,
    facts.AccountClosed: Correspondence.account_closed,
}
"""What each event makes somebody write."""

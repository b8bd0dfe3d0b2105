"""Passwords: forgotten, reset by a mailed link, changed, given again."""

from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.modules.identity.domain.errors import InvalidOneTimeToken
from shoplytics.modules.identity.domain.tokens import RESET
from shoplytics.modules.identity.ports import SessionRepository, TokenRepository, UserRepository
from shoplytics.modules.identity.service.asking import Asking
from shoplytics.modules.identity.service.links import follow
from shoplytics.modules.identity.service.proof import PasswordProof, PasswordRenewal
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import PasswordForgotten
from shoplytics.ports.outbox import Outbox


class PasswordService:
    """Within one unit of work."""

    def __init__(
        self,
        *,
        users: UserRepository,
        sessions: SessionRepository,
        tokens: TokenRepository,
        asking: Asking,
        proof: PasswordProof,
        renewal: PasswordRenewal,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._asking = asking
        self._proof = proof
        self._renewal = renewal
        self._outbox = outbox
        self._clock = clock

    async def forgot(self, *, email: str) -> None:
        """The same for every address; a worker finds out who is behind it. Raises Invalid."""
        address = normal_email(email)
        if await self._asking.link("reset", address):
            await self._outbox.add(PasswordForgotten(email=address, occurred_at=self._clock()))

    async def reset(self, *, token: str, password: str, client: Client) -> None:
        """Also proves the address the link was mailed to, and drops what a stranger may have left there.

        Raises InvalidOneTimeToken, Invalid.

        A password that is refused leaves the link good: nothing of this is kept then.
        """
        now = self._clock()
        user, mailed_to = await follow(token, purpose=RESET, tokens=self._tokens, users=self._users, now=now)
        if user.disabled_at is not None:
            raise InvalidOneTimeToken
        if mailed_to == user.email:
            await self._renewal.claim(user)
        await self._renewal.set(user, password, client=client, pointer="/password")
        await self._renewal.know(user, client)

    async def change(self, *, user_id: UUID, current: str, new: str, client: Client) -> None:
        """Raises Invalid at /current_password or /new_password, TooManyGuesses."""
        user = await self._users.get(user_id)
        await self._proof.give(user, current, client=client, pointer="/current_password")
        user = await self._users.for_update(user_id)
        await self._renewal.set(user, new, client=client, pointer="/new_password")

    async def reauthenticate(
        self, *, user_id: UUID, session_id: UUID, password: str, totp_code: str | None, client: Client
    ) -> None:
        """The session counts as newly signed in, for routes that want that. Raises what sign-in raises."""
        user = await self._users.get(user_id)
        await self._proof.give_both(user, password, client=client, totp_code=totp_code)
        await self._sessions.authenticated(user_id=user_id, session_id=session_id, now=self._clock())

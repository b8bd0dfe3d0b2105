"""E-mail addresses: proving one, and changing it for another."""

from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.modules.identity.domain.codes import CODE_LIFE, TRIES, CodeSeal, Purpose
from shoplytics.modules.identity.domain.errors import EmailTaken, InvalidCode, InvalidOneTimeToken
from shoplytics.modules.identity.domain.tokens import VERIFY
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import CodeRepository, CodeTries, TokenRepository, UserRepository
from shoplytics.modules.identity.service.asking import Asking
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.modules.identity.service.links import follow
from shoplytics.modules.identity.service.proof import PasswordProof
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import (
    Challenge,
    EmailChangeAsked,
    EmailChanged,
    UserChanged,
    VerificationAsked,
)
from shoplytics.ports.outbox import Outbox


class EmailService:
    """Within one unit of work."""

    def __init__(
        self,
        *,
        users: UserRepository,
        tokens: TokenRepository,
        codes: CodeRepository,
        tries: CodeTries,
        seal: CodeSeal,
        asking: Asking,
        guard: Guard,
        proof: PasswordProof,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._tokens = tokens
        self._codes = codes
        self._tries = tries
        self._seal = seal
        self._asking = asking
        self._guard = guard
        self._proof = proof
        self._outbox = outbox
        self._clock = clock

    async def verify(self, *, token: str) -> None:
        """Raises InvalidOneTimeToken, also when the account has another address by now."""
        now = self._clock()
        user, mailed_to = await follow(token, purpose=VERIFY, tokens=self._tokens, users=self._users, now=now)
        if user.email != mailed_to:
            raise InvalidOneTimeToken
        user.verify_email(now)
        await self._users.save(user)

    async def resend(self, *, email: str) -> None:
        """The same for every address; a worker finds out who is behind it. Raises Invalid."""
        address = normal_email(email)
        if await self._asking.link("verify", address):
            await self._outbox.add(VerificationAsked(email=address, occurred_at=self._clock()))

    async def ask_change(self, *, user_id: UUID, email: str, password: str, client: Client) -> Challenge:
        """The same for an address that has an account: its owner is told. Raises Invalid, TooManyCodes."""
        address = normal_email(email)
        user = await self._users.get(user_id)
        await self._proof.give(user, password, client=client, pointer="/password")
        await self._asking.code(address)
        asked = EmailChangeAsked(user_id=user_id, email=address, occurred_at=self._clock())
        await self._outbox.add(asked)
        return Challenge(challenge_id=asked.id, expires_in=int(CODE_LIFE.total_seconds()))

    async def confirm_change(self, *, user_id: UUID, challenge_id: UUID, code: str, client: Client) -> None:
        """What was mailed to the former address is void, and its owner is told. Raises InvalidCode."""
        async with self._guard.guess(user_id=user_id, name="", address=client.address) as attempt:
            address = await self._proved(user_id, challenge_id, code)
            attempt.right()
        user = await self._users.for_update(user_id)
        former, now = user.email, self._clock()
        user.change_email(address, now)
        try:
            await self._users.save(user)
        except EmailTaken:  # since the code was sent
            raise InvalidCode from None
        await self._tokens.void(user_id=user_id, now=now)
        await self._codes.void(user_id=user_id, now=now)
        await self._outbox.add(
            EmailChanged(
                user_id=user_id,
                former=former,
                email=user.email,
                device=client.user_agent[:256],
                occurred_at=now,
            ),
            _changed(user),
        )

    async def _proved(self, user_id: UUID, challenge_id: UUID, code: str) -> str:
        """The address to which the code was sent. Raises InvalidCode."""
        now = self._clock()
        kept = await self._tries.take(challenge_id=challenge_id, limit=TRIES, now=now)
        if kept is None or kept.user_id != user_id or kept.purpose is not Purpose.CHANGE_EMAIL:
            raise InvalidCode
        if not self._seal.fits(
            code, kept.code_hash, challenge_id=kept.id, purpose=kept.purpose, target=kept.target
        ) or not await self._codes.use(challenge_id=kept.id, now=now):
            raise InvalidCode
        return kept.target


def _changed(user: User) -> UserChanged:
    return UserChanged(user_id=user.id, version=user.version, email=user.email, name=user.name)

"""One-time codes: asked for by anybody, sent to whom they concern, and what the right one does."""

from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.codes import CODE_LIFE, SIGNS_IN, TRIES, CodeSeal, Purpose
from shoplytics.modules.identity.domain.errors import AccountDisabled, InvalidCode
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.tokens import RESET, RESET_LIFE, digest, new_secret
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import (
    Account,
    Accounts,
    CodeRepository,
    CodeTries,
    KeptCode,
    NewToken,
    TokenRepository,
    UserRepository,
)
from shoplytics.modules.identity.schemas import CodeToVerify
from shoplytics.modules.identity.service.asking import Asking
from shoplytics.modules.identity.service.guard import Attempt, Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.modules.identity.service.proof import PasswordRenewal
from shoplytics.modules.identity.service.targets import address_of, is_at
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import Challenge, CodeAsked, CodeView, SecurityChanged, TokenPair
from shoplytics.ports.outbox import Outbox


class CodeService:
    """Within one unit of work; tries and guesses count beside it, whatever becomes of it."""

    def __init__(
        self,
        *,
        users: UserRepository,
        accounts: Accounts,
        tokens: TokenRepository,
        codes: CodeRepository,
        tries: CodeTries,
        seal: CodeSeal,
        asking: Asking,
        guard: Guard,
        opening: SessionOpening,
        renewal: PasswordRenewal,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._accounts = accounts
        self._tokens = tokens
        self._codes = codes
        self._tries = tries
        self._seal = seal
        self._asking = asking
        self._guard = guard
        self._opening = opening
        self._renewal = renewal
        self._outbox = outbox
        self._clock = clock

    async def ask(self, *, purpose: Purpose, target: str, user_id: UUID | None) -> Challenge:
        """The same for every address; a worker finds out who is behind it. Raises Invalid, TooManyCodes."""
        _, address = address_of(purpose, target)
        await self._asking.code(address)
        asked = CodeAsked(purpose=purpose, target=address, user_id=user_id, occurred_at=self._clock())
        await self._outbox.add(asked)
        return Challenge(challenge_id=asked.id, expires_in=int(CODE_LIFE.total_seconds()))

    async def verify(self, *, form: CodeToVerify, client: Client) -> TokenPair | CodeView:
        """What the code is for happens. Raises InvalidCode, TooManyGuesses, and what signing in raises.

        A new password that is refused leaves the code good.
        """
        purpose = Purpose(form.purpose)
        kind, target = address_of(purpose, form.target)
        account = await self._accounts.find(kind, target)
        async with self._guard.guess(
            user_id=account.user_id if account else None, name=f"{kind}:{target}", address=client.address
        ) as attempt:
            user = await self._proved(form.challenge_id, form.code, purpose, kind, target)
            claims = purpose is Purpose.LOGIN and self._is_claim(user, kind)
            await self._step(attempt, user, purpose, form.totp_code, claims=claims)
        user = await self._users.for_update(user.id)
        if claims and not self._is_claim(user, kind):
            raise InvalidCode  # proved by somebody meanwhile, whose second factor was not asked
        if user.disabled_at is not None:
            raise AccountDisabled
        if purpose is Purpose.RESET_PASSWORD:
            return await self._reset(user, kind, target, form.new_password, client)
        await self._mark(user, kind, purpose, client)
        if purpose in SIGNS_IN:
            return await self._sign_in(user, client)
        return CodeView(purpose=purpose, target=target, verified=True)

    async def _proved(
        self, challenge_id: UUID, code: str, purpose: Purpose, kind: IdentifierKind, target: str
    ) -> User:
        """Whose code it is. Raises InvalidCode, one for everything."""
        now = self._clock()
        kept = await self._tries.take(challenge_id=challenge_id, limit=TRIES, now=now)
        if (
            kept is None
            or not self._fits(code, kept, purpose, target)
            or kept.user_id is None
            or not await self._codes.use(challenge_id=kept.id, now=now)
        ):
            raise InvalidCode
        try:
            user = await self._users.get(kept.user_id)
        except NotFound:
            raise InvalidCode from None
        if not is_at(user, kind, target, purpose):
            raise InvalidCode
        return user

    def _fits(self, code: str, kept: KeptCode, purpose: Purpose, target: str) -> bool:
        """The purpose and the address that the caller names are part of the seal."""
        return self._seal.fits(code, kept.code_hash, challenge_id=kept.id, purpose=purpose, target=target)

    @staticmethod
    def _is_claim(user: User, kind: IdentifierKind) -> bool:
        """Of an address that nobody proved before: see PasswordRenewal.claim."""
        return kind is IdentifierKind.EMAIL and user.email_verified_at is None

    async def _step(
        self, attempt: Attempt, user: User, purpose: Purpose, totp_code: str | None, *, claims: bool
    ) -> None:
        """A second factor that a claim takes away, as a stranger's, is not asked for."""
        if purpose in SIGNS_IN and not claims:
            await self._opening.second_step(attempt, user_id=user.id, totp_code=totp_code)
        else:
            attempt.right()

    async def _mark(self, user: User, kind: IdentifierKind, purpose: Purpose, client: Client) -> None:
        """Who finishes a registration by `register` or `verify_email` keeps what they registered with."""
        now = self._clock()
        if purpose is Purpose.LOGIN and kind is IdentifierKind.EMAIL:
            await self._renewal.claim(user)
        elif kind is IdentifierKind.EMAIL:
            user.verify_email(now)
        elif user.phone is not None:
            await self._users.release_phone(user.phone, to=user.id)
            if user.phone_verified_at is None:
                device = client.user_agent[:256]
                await self._outbox.add(
                    SecurityChanged(user_id=user.id, what="phone_verified", device=device, occurred_at=now)
                )
            user.verify_phone(now)
        await self._users.save(user)

    async def _sign_in(self, user: User, client: Client) -> TokenPair:
        account = Account(
            user_id=user.id,
            password_hash=None,
            token_epoch=user.token_epoch,
            verified=user.email_verified_at is not None,
            disabled=user.disabled_at is not None,
        )
        self._opening.allow(account)
        return await self._opening.open(account, client=client)

    async def _reset(
        self, user: User, kind: IdentifierKind, target: str, password: str | None, client: Client
    ) -> CodeView:
        now = self._clock()
        if kind is IdentifierKind.EMAIL:
            await self._renewal.claim(user)
        await self._renewal.know(user, client)
        if password is not None:
            await self._renewal.set(user, password, client=client, pointer="/new_password")
            return CodeView(purpose=Purpose.RESET_PASSWORD, target=target, verified=True)
        await self._users.save(user)
        token = new_secret()
        await self._tokens.add(
            NewToken(
                purpose=RESET,
                user_id=user.id,
                email=user.email if kind is IdentifierKind.EMAIL else "",
                token_hash=digest(token),
                cause=new_id(),
                created_at=now,
                expires_at=now + RESET_LIFE,
            )
        )
        return CodeView(purpose=Purpose.RESET_PASSWORD, target=target, verified=True, reset_token=token)

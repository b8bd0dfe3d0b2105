"""The second factor: asked for at sign-in, set up and taken off by its owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import invalid_field
from shoplytics.modules.identity.domain.errors import SecondFactorNeeded, WrongSecondFactor
from shoplytics.modules.identity.domain.two_factor import (
    RecoverySeal,
    TwoFactorNotBegun,
    TwoFactorOff,
    TwoFactorOn,
    is_totp,
    new_recovery_codes,
    new_totp_secret,
    otpauth_uri,
    qr_svg,
    step_of,
)
from shoplytics.modules.identity.ports import PasswordHasher, UserRepository
from shoplytics.modules.identity.ports.two_factor import FactorRepository, Factors
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import NewTwoFactor, RecoveryCodes, SecurityChanged, TwoFactorView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.vault import Vault


def _place(user_id: UUID) -> str:
    return f"identity_totp:secret:{user_id}"


class TwoFactorCheck:
    """One per process; see SecondFactor in ../ports/__init__.py and TwoFactor in ports/identity."""

    def __init__(self, *, factors: Factors, vault: Vault, seal: RecoverySeal) -> None:
        self._factors = factors
        self._vault = vault
        self._seal = seal

    async def is_on(self, *, user_id: UUID) -> bool:
        return await self._factors.find(user_id) is not None

    async def check(self, *, user_id: UUID, code: str | None, now: datetime) -> None:
        factor = await self._factors.find(user_id)
        if factor is None:
            return
        if code is None:
            raise SecondFactorNeeded
        given = code.replace(" ", "")
        if is_totp(given):
            secret = self._vault.open(factor.secret, context=_place(user_id)).decode()
            step = step_of(secret, given, now=now, after=factor.last_step)
            right = step is not None and await self._factors.use_step(user_id=user_id, step=step)
        else:
            digest = self._seal.digest(user_id, given)
            right = await self._factors.use_recovery_code(user_id=user_id, code_hash=digest, now=now)
        if not right:
            raise WrongSecondFactor


class TwoFactorService:
    """Within one unit of work, over the caller's own account. Guesses count as they do at sign-in."""

    def __init__(
        self,
        *,
        users: UserRepository,
        own: FactorRepository,
        check: TwoFactorCheck,
        guard: Guard,
        hasher: PasswordHasher,
        vault: Vault,
        seal: RecoverySeal,
        issuer: str,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._own = own
        self._check = check
        self._guard = guard
        self._hasher = hasher
        self._vault = vault
        self._seal = seal
        self._issuer = issuer
        self._outbox = outbox
        self._clock = clock

    async def status(self, *, user_id: UUID) -> TwoFactorView:
        factor = await self._own.find(user_id)
        since = factor.confirmed_at if factor else None
        left = await self._own.recovery_codes_left(user_id)
        return TwoFactorView(enabled=since is not None, enabled_at=since, recovery_codes_left=left)

    async def begin(self, *, user_id: UUID, password: str, client: Client) -> NewTwoFactor:
        """A new secret that waits for its first code; an earlier one that did is void.

        Raises Invalid for a wrong password, TooManyGuesses, TwoFactorOn.
        """
        await self._prove(user_id, password, client)
        user, secret = await self._users.get(user_id), new_totp_secret()
        sealed = self._vault.seal(secret.encode(), context=_place(user_id))
        if not await self._own.begin(user_id=user_id, secret=sealed, now=self._clock()):
            raise TwoFactorOn
        uri = otpauth_uri(secret, account=user.email, issuer=self._issuer)
        return NewTwoFactor(secret=secret, otpauth_uri=uri, qr_svg=qr_svg(uri))

    async def confirm(
        self, *, user_id: UUID, session_id: UUID | None, code: str, client: Client
    ) -> RecoveryCodes:
        """On from now; sessions that were opened without a second factor end, but for the caller's.

        Raises TwoFactorNotBegun, TwoFactorOn, Invalid for a code that is not the secret's.
        """
        factor, now = await self._own.find(user_id, lock=True), self._clock()
        if factor is None:
            raise TwoFactorNotBegun
        if factor.confirmed_at is not None:
            raise TwoFactorOn
        secret = self._vault.open(factor.secret, context=_place(user_id)).decode()
        step = step_of(secret, code.replace(" ", ""), now=now, after=factor.last_step)
        if step is None:
            raise invalid_field("/code", "invalid_totp_code", "This is not what the app shows now.")
        await self._own.confirm(user_id=user_id, step=step, now=now)
        await self._own.end_other_sessions(user_id=user_id, but=session_id, now=now)
        await self._note(user_id, "two_factor_on", client)
        return await self._new_codes(user_id, now)

    async def renew_codes(
        self, *, user_id: UUID, password: str, totp_code: str, client: Client
    ) -> RecoveryCodes:
        """Ten new recovery codes; the old ones are void. Raises as `remove`."""
        await self._prove_both(user_id, password, totp_code, client)
        return await self._new_codes(user_id, self._clock())

    async def remove(self, *, user_id: UUID, password: str, totp_code: str, client: Client) -> None:
        """Raises Invalid for a wrong password, WrongSecondFactor, TooManyGuesses, TwoFactorOff."""
        await self._prove_both(user_id, password, totp_code, client)
        await self._own.remove(user_id)
        await self._note(user_id, "two_factor_off", client)

    async def _note(self, user_id: UUID, what: str, client: Client) -> None:
        device, now = client.user_agent[:256], self._clock()
        await self._outbox.add(SecurityChanged(user_id=user_id, what=what, device=device, occurred_at=now))

    async def _new_codes(self, user_id: UUID, now: datetime) -> RecoveryCodes:
        codes = new_recovery_codes()
        hashes: Sequence[bytes] = [self._seal.digest(user_id, code) for code in codes]
        await self._own.replace_recovery_codes(user_id=user_id, hashes=hashes, now=now)
        return RecoveryCodes(recovery_codes=list(codes))

    async def _prove_both(self, user_id: UUID, password: str, totp_code: str, client: Client) -> None:
        """To be asked before this work locks anything: the check speaks on a connection of its own."""
        if not await self._check.is_on(user_id=user_id):
            raise TwoFactorOff
        await self._prove(user_id, password, client, totp_code)

    async def _prove(self, user_id: UUID, password: str, client: Client, code: str | None = None) -> None:
        user = await self._users.get(user_id)
        async with self._guard.guess(user_id=user_id, name="", address=client.address) as attempt:
            if not await self._hasher.verify(user.password_hash, password):
                raise invalid_field("/password", "wrong_password", "This is not your password.")
            if code is not None:
                await self._check.check(user_id=user_id, code=code, now=self._clock())
            attempt.right()

"""Proving again, while signed in, that one knows the password; and setting a new one."""

from collections.abc import Sequence

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import invalid_field
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import (
    CodeRepository,
    NetworkRepository,
    PasswordHasher,
    TokenRepository,
    UserRepository,
    WaysIn,
)
from shoplytics.modules.identity.service.checks import Checks
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import PasswordChanged
from shoplytics.ports.outbox import Outbox


def own_words(user: User) -> Sequence[str]:
    """What a password must not be made of."""
    return [user.email, user.first_name, user.last_name, user.username or "", user.phone or ""]


class PasswordProof:
    """Guesses count as they do at sign-in."""

    def __init__(self, *, guard: Guard, hasher: PasswordHasher, opening: SessionOpening) -> None:
        self._guard = guard
        self._hasher = hasher
        self._opening = opening

    async def give(self, user: User, password: str, *, client: Client, pointer: str) -> None:
        """Raises Invalid at `pointer`, TooManyGuesses."""
        async with self._guard.guess(user_id=user.id, name="", address=client.address) as attempt:
            await self._check(user, password, pointer)
            attempt.right()

    async def give_both(self, user: User, password: str, *, client: Client, totp_code: str | None) -> None:
        """With the second factor, where the account has one. Raises what the second step raises, too."""
        async with self._guard.guess(user_id=user.id, name="", address=client.address) as attempt:
            await self._check(user, password, "/password")
            await self._opening.second_step(attempt, user_id=user.id, totp_code=totp_code)

    async def _check(self, user: User, password: str, pointer: str) -> None:
        if not await self._hasher.verify(user.password_hash, password):
            raise invalid_field(pointer, "wrong_password", "This is not your password.")


class PasswordRenewal:
    """Within a unit of work."""

    def __init__(
        self,
        *,
        users: UserRepository,
        tokens: TokenRepository,
        codes: CodeRepository,
        networks: NetworkRepository,
        ways_in: WaysIn,
        guard: Guard,
        hasher: PasswordHasher,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._tokens = tokens
        self._codes = codes
        self._networks = networks
        self._ways_in = ways_in
        self._guard = guard
        self._hasher = hasher
        self._outbox = outbox
        self._clock = clock

    async def set(self, user: User, password: str, *, client: Client, pointer: str) -> None:
        """Every session ends, every link and code on its way is void, and the owner is told.

        Raises Invalid at `pointer` for a password that is easy to guess.
        """
        checks = Checks()
        await checks.password(password, own_words=own_words(user), pointer=pointer)
        checks.settle()
        now = self._clock()
        user.set_password(await self._hasher.hash(password))
        await self._users.save(user)
        await self._tokens.void(user_id=user.id, now=now)
        await self._codes.void(user_id=user.id, now=now)
        await self._outbox.add(
            PasswordChanged(user_id=user.id, device=client.user_agent[:256], occurred_at=now)
        )

    async def claim(self, user: User) -> None:
        """By the owner of its address. Whoever registered one that was never proved may be a stranger to it,
        so nothing of what opened the account stays good then. Whoever calls this saves the user.
        """
        now = self._clock()
        if user.email_verified_at is None:
            user.disown()
            await self._ways_in.close(user_id=user.id, now=now)
        user.verify_email(now)

    async def know(self, user: User, client: Client) -> None:
        """Who proved the account's address from there is no stranger there: see docs/decisions/0006.

        Nor are they kept out by what was guessed from there before.
        """
        network = self._guard.network(user.id, client.address)
        await self._guard.forgive(user_id=user.id, network=network)
        await self._networks.remember(user_id=user.id, network=network, now=self._clock())

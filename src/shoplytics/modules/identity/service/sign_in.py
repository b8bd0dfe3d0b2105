"""Signing in with a password."""

from shoplytics.modules.identity.domain.errors import InvalidCredentials
from shoplytics.modules.identity.domain.identifiers import classify
from shoplytics.modules.identity.ports import Account, Accounts, PasswordHasher
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import TokenPair


class SignInService:
    """One per process; holds no connection while a password is being hashed."""

    def __init__(
        self, *, accounts: Accounts, guard: Guard, hasher: PasswordHasher, opening: SessionOpening
    ) -> None:
        self._accounts = accounts
        self._guard = guard
        self._hasher = hasher
        self._opening = opening

    async def sign_in(
        self, *, identifier: str, password: str, client: Client, totp_code: str | None = None
    ) -> TokenPair:
        """See `prove`; opens a session."""
        account = await self.prove(
            identifier=identifier, password=password, client=client, totp_code=totp_code
        )
        return await self._opening.open(account, client=client)

    async def prove(
        self, *, identifier: str, password: str, client: Client, totp_code: str | None = None
    ) -> Account:
        """Whose account it is. Unknown user and wrong password cost and answer the same: InvalidCredentials.

        Raises TooManyGuesses, and only after the right password SecondFactorNeeded, WrongSecondFactor,
        EmailNotVerified and AccountDisabled.
        """
        kind, value = classify(identifier)
        account = await self._accounts.find(kind, value)
        hashed = account.password_hash if account else None
        user_id = account.user_id if account else None
        async with self._guard.guess(
            user_id=user_id, name=f"{kind}:{value}", address=client.address
        ) as attempt:
            right = await self._hasher.verify(hashed, password)
            if account is None or hashed is None or not right:
                raise InvalidCredentials
            await self._opening.second_step(attempt, user_id=account.user_id, totp_code=totp_code)
        self._opening.allow(account)
        if self._hasher.outdated(hashed):
            newer = await self._hasher.hash(password)
            await self._accounts.rehash(account.user_id, old=hashed, new=newer)
        return account

"""Signing in with a password."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Unavailable
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.networks import network_of
from shoplytics.modules.identity.domain.errors import (
    AccountDisabled,
    EmailNotVerified,
    InvalidCredentials,
    TooManyGuesses,
)
from shoplytics.modules.identity.domain.identifiers import classify
from shoplytics.modules.identity.domain.tokens import AccessTokens, digest, new_secret
from shoplytics.modules.identity.ports import (
    Account,
    Accounts,
    Guesses,
    LiveSessions,
    NewSession,
    PasswordHasher,
)
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import TokenPair

HERE = "password"
ANYWHERE = "password anywhere"
GUESSES_HERE = 10
"""An hour, at one account from one network."""
GUESSES_ANYWHERE = 100
"""An hour, at one account from all of them."""
LONGEST_SESSION = timedelta(days=30)


class Turns:
    """One at a time per key, in this process."""

    def __init__(self) -> None:
        self._held: dict[bytes, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: bytes) -> AsyncIterator[None]:
        lock, waiting = self._held.get(key, (asyncio.Lock(), 0))
        self._held[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._held[key]
            if waiting == 1:
                del self._held[key]
            else:
                self._held[key] = (lock, waiting - 1)


class SignInService:
    """One per process; holds no connection while a password is being hashed."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        guesses: Guesses,
        sessions: LiveSessions,
        hasher: PasswordHasher,
        tokens: AccessTokens,
        refresh_life: timedelta,
        require_verified: bool,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._guesses = guesses
        self._sessions = sessions
        self._hasher = hasher
        self._tokens = tokens
        self._refresh_life = refresh_life
        self._require_verified = require_verified
        self._clock = clock
        self._turns = Turns()

    async def sign_in(self, *, identifier: str, password: str, client: Client) -> TokenPair:
        """Unknown user and wrong password cost and answer the same: InvalidCredentials.

        Raises TooManyGuesses, and only after the right password EmailNotVerified and AccountDisabled.
        """
        kind, value = classify(identifier)
        account = await self._accounts.find(kind, value)
        who = f"user:{account.user_id}" if account else f"{kind}:{value}"
        hashed = account.password_hash if account else None
        # In turns, or many right ones at once would use up each other's guesses.
        here, anywhere = digest(f"{who} {network_of(client.address).hex()}"), digest(who)
        async with self._turns.turn(here):
            right = await self._guess(hashed, password, here=here, anywhere=anywhere)
        if account is None or hashed is None or not right:
            raise InvalidCredentials
        if account.disabled:
            raise AccountDisabled
        if self._require_verified and not account.verified:
            raise EmailNotVerified
        if self._hasher.outdated(hashed):
            newer = await self._hasher.hash(password)
            await self._accounts.rehash(account.user_id, old=hashed, new=newer)
        return await self._open(account, user_agent=client.user_agent, now=self._clock())

    async def _guess(self, hashed: str | None, password: str, *, here: bytes, anywhere: bytes) -> bool:
        """Counted before it is checked, or parallel wrong ones would go uncounted.

        What is refused here does not count anywhere: one stranger cannot close the door to the owner.
        """
        now, guesses = self._clock(), self._guesses
        await guesses.take(purpose=HERE, subject=here, limit=GUESSES_HERE, now=now)
        try:
            await guesses.take(purpose=ANYWHERE, subject=anywhere, limit=GUESSES_ANYWHERE, now=now)
        except TooManyGuesses:
            await guesses.give_back(purpose=HERE, subject=here, now=now)
            raise
        try:
            right = await self._hasher.verify(hashed, password)
        except Unavailable:
            await self._forgive(here=here, anywhere=anywhere, now=now)
            raise
        if right:
            await self._forgive(here=here, anywhere=anywhere, now=now)
        return right

    async def _forgive(self, *, here: bytes, anywhere: bytes, now: datetime) -> None:
        await self._guesses.give_back(purpose=HERE, subject=here, now=now)
        await self._guesses.give_back(purpose=ANYWHERE, subject=anywhere, now=now)

    async def _open(self, account: Account, *, user_agent: str, now: datetime) -> TokenPair:
        session_id: UUID = new_id()
        refresh = new_secret()
        await self._sessions.open(
            NewSession(
                id=session_id,
                user_id=account.user_id,
                epoch=account.token_epoch,
                user_agent=user_agent[:256],
                refresh_hash=digest(refresh),
                created_at=now,
                refresh_until=now + self._refresh_life,
                expires_at=now + max(LONGEST_SESSION, self._refresh_life),
            )
        )
        return TokenPair(
            access_token=self._tokens.issue(user_id=account.user_id, session_id=session_id, now=now),
            refresh_token=refresh,
            expires_in=int(self._tokens.life.total_seconds()),
        )

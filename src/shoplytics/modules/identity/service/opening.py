"""Opening a session: the one step that every way to sign in ends with."""

from datetime import timedelta
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.errors import AccountDisabled, EmailNotVerified, SecondFactorNeeded
from shoplytics.modules.identity.domain.tokens import AccessTokens, digest, new_secret
from shoplytics.modules.identity.ports import Account, NewSession, OpensSessions, SecondFactor
from shoplytics.modules.identity.service.guard import Attempt, Guard
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import TokenPair

LONGEST_SESSION = timedelta(days=30)


class SessionOpening:
    """`second_factor` is asked after the first was right and before anything is opened."""

    def __init__(
        self,
        *,
        sessions: OpensSessions,
        guard: Guard,
        second_factor: SecondFactor | None,
        tokens: AccessTokens,
        refresh_life: timedelta,
        require_verified: bool,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._guard = guard
        self._second_factor = second_factor
        self._tokens = tokens
        self._refresh_life = refresh_life
        self._require_verified = require_verified
        self._clock = clock

    async def second_step(self, attempt: Attempt, *, user_id: UUID, totp_code: str | None) -> None:
        """The first factor was right; a wrong second one leaves the guess counted.

        Raises SecondFactorNeeded, WrongSecondFactor.
        """
        if self._second_factor is not None:
            try:
                await self._second_factor.check(user_id=user_id, code=totp_code, now=self._clock())
            except SecondFactorNeeded:
                attempt.right()
                raise
        attempt.right()

    def allow(self, account: Account) -> None:
        """Only for who has proved to be the owner. Raises AccountDisabled, EmailNotVerified."""
        if account.disabled:
            raise AccountDisabled
        if self._require_verified and not account.verified:
            raise EmailNotVerified

    async def open(self, account: Account, *, client: Client) -> TokenPair:
        """The tokens of a new session; its network is known from now on."""
        refresh, now = new_secret(), self._clock()
        longest = max(LONGEST_SESSION, self._refresh_life)
        session_id = await self._open(account, client, refresh, renewed_for=self._refresh_life, life=longest)
        return TokenPair(
            access_token=self._tokens.issue(user_id=account.user_id, session_id=session_id, now=now),
            refresh_token=refresh,
            expires_in=int(self._tokens.life.total_seconds()),
        )

    async def open_for_browser(self, account: Account, *, client: Client, life: timedelta) -> UUID:
        """A session without tokens; its refresh token is over before anybody has seen it."""
        return await self._open(account, client, new_secret(), renewed_for=timedelta(0), life=life)

    async def _open(
        self, account: Account, client: Client, refresh: str, *, renewed_for: timedelta, life: timedelta
    ) -> UUID:
        session_id, now = new_id(), self._clock()
        await self._sessions.open(
            NewSession(
                id=session_id,
                user_id=account.user_id,
                epoch=account.token_epoch,
                user_agent=client.user_agent[:256],
                network=self._guard.network(account.user_id, client.address),
                refresh_hash=digest(refresh),
                created_at=now,
                refresh_until=now + renewed_for,
                expires_at=now + life,
            )
        )
        return session_id

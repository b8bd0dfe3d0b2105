"""Sessions of browsers: the same sessions as those of tokens, opened by a cookie's key instead."""

from datetime import timedelta

from shoplytics.kernel.clock import Clock
from shoplytics.modules.identity.domain.tokens import digest, new_secret
from shoplytics.modules.identity.ports.cookies import Cookies
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.modules.identity.service.sessions import SessionsService
from shoplytics.modules.identity.service.sign_in import SignInService
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import Caller

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)


class ConsoleSessionsService:
    """See ConsoleSessions in ports/identity. One per process; nothing is remembered between requests."""

    def __init__(
        self,
        *,
        sign_in: SignInService,
        opening: SessionOpening,
        sessions: SessionsService,
        cookies: Cookies,
        clock: Clock,
    ) -> None:
        self._sign_in = sign_in
        self._opening = opening
        self._sessions = sessions
        self._cookies = cookies
        self._clock = clock

    async def sign_in(
        self, *, identifier: str, password: str, client: Client, totp_code: str | None = None
    ) -> str:
        account = await self._sign_in.prove(
            identifier=identifier, password=password, client=client, totp_code=totp_code
        )
        session_id = await self._opening.open_for_browser(account, client=client, life=LONGEST)
        key, now = new_secret(), self._clock()
        await self._cookies.add(
            key_hash=digest(key), session_id=session_id, now=now, expires_at=now + LONGEST
        )
        return key

    async def caller(self, key: str) -> Caller | None:
        now = self._clock()
        return await self._cookies.caller(key_hash=digest(key), now=now, used_since=now - IDLE)

    async def sign_out(self, key: str) -> None:
        session_id = await self._cookies.session_of(digest(key))
        if session_id is not None:
            await self._sessions.log_out(session_id=session_id)

"""Sessions from a token's point of view: who it speaks for, its successor, its end."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.modules.identity.domain.errors import InvalidToken
from shoplytics.modules.identity.domain.tokens import AccessTokens, Claims, digest, new_secret
from shoplytics.modules.identity.ports import LiveSessions, Rotation
from shoplytics.ports.identity import Caller, TokenPair, TokenView

K = TypeVar("K")
V = TypeVar("V")

TOKENS_KEPT = 4096
SESSIONS_KEPT = 16_384
LIVE_SECONDS = 2.0
RECENT = timedelta(minutes=15)
"""How long a password that was given stands for whoever holds the session."""


class Recent(Generic[K, V]):
    """A dictionary of bounded size that forgets what was asked for longest ago."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        self._kept.pop(key, None)

    def drop_where(self, unwanted: Callable[[V], bool]) -> None:
        for key in [key for key, value in self._kept.items() if unwanted(value)]:
            del self._kept[key]


class SessionsService:
    """One per process. A signature is checked once; that a session lives is believed for two seconds."""

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        sessions: LiveSessions,
        refresh_life: timedelta,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._refresh_life = refresh_life
        self._clock = clock
        self._monotonic = monotonic
        self._claims: Recent[bytes, Claims] = Recent(TOKENS_KEPT)
        self._live: Recent[UUID, tuple[float, Caller]] = Recent(SESSIONS_KEPT)

    async def caller(self, token: str, *, fresh: bool = False) -> Caller:
        """See ports/identity. Revocation in any process is seen here within two seconds."""
        claims = self._read(token)
        kept = self._live.get(claims.session_id)
        believed = kept is not None and kept[0] > self._monotonic() and not fresh
        if kept is not None and believed and kept[1].user_id == claims.user_id:
            return kept[1]
        asked = self._monotonic()
        admin = await self._sessions.live(
            user_id=claims.user_id, session_id=claims.session_id, now=self._clock()
        )
        if admin is None:
            self._live.drop(claims.session_id)
            raise InvalidToken
        caller = Caller(claims.user_id, claims.session_id, admin)
        self._live.put(claims.session_id, (asked + LIVE_SECONDS, caller))
        return caller

    def _read(self, token: str) -> Claims:
        key = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._claims.get(key)
        if claims is None:
            claims = self._tokens.read(token)
            self._claims.put(key, claims)
        if claims.expires_at <= self._clock():
            raise InvalidToken
        return claims

    async def verify(self, *, token: str) -> TokenView:
        """What the token proves. Raises InvalidToken."""
        caller, claims = await self.caller(token), self._read(token)
        return TokenView(
            active=True,
            user_id=caller.user_id,
            session_id=caller.session_id,
            expires_at=claims.expires_at,
        )

    async def refresh(self, *, refresh_token: str) -> TokenPair:
        """The next pair. Raises InvalidToken; one that was used before takes its whole session with it."""
        now, successor = self._clock(), new_secret()
        rotated = await self._sessions.rotate(
            Rotation(
                old_hash=digest(refresh_token),
                new_hash=digest(successor),
                now=now,
                refresh_until=now + self._refresh_life,
            )
        )
        if rotated is None:
            raise InvalidToken
        user_id, session_id = rotated
        return TokenPair(
            access_token=self._tokens.issue(user_id=user_id, session_id=session_id, now=now),
            refresh_token=successor,
            expires_in=int(self._tokens.life.total_seconds()),
        )

    async def recent(self, *, session_id: UUID) -> bool:
        """See ports/identity."""
        moment = await self._sessions.authenticated_at(session_id, now=self._clock())
        return moment is not None and self._clock() - moment <= RECENT

    async def log_out_everywhere(self, *, user_id: UUID) -> None:
        """Ends every session: at once in this process, within two seconds in the others."""
        await self._sessions.end_all(user_id=user_id, now=self._clock())
        self._live.drop_where(lambda kept: kept[1].user_id == user_id)

    async def log_out(self, *, session_id: UUID) -> None:
        """Ends the session: at once in this process, within two seconds in the others."""
        await self._sessions.end(session_id=session_id, now=self._clock())
        self._live.drop(session_id)

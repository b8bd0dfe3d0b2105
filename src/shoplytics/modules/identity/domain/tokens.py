"""Access tokens (JWT, RFC 9068's profile), refresh and one-time tokens (opaque, kept as SHA-256)."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import jwt
import msgspec

from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.errors import InvalidToken

ALGORITHM = "HS256"
HEADER = {"alg": ALGORITHM, "typ": "at+jwt"}
AUDIENCE = "shoplytics-api"
LONGEST = 2048
VERIFY, VERIFY_LIFE = "verify_email", timedelta(hours=24)
RESET, RESET_LIFE = "reset_password", timedelta(minutes=30)
"""Purposes of one-time tokens, and how long those are good."""
LAST_SECOND = 253_402_300_799  # of the year 9999, the last that a datetime holds
OPTIONS: jwt.types.Options = {
    "require": ["iss", "aud", "sub", "sid", "exp", "iat", "jti"],
    "strict_aud": True,
    "verify_exp": False,  # checked below, against the clock we are given
    "verify_iat": False,
    "verify_nbf": False,
}


class Claims(msgspec.Struct, frozen=True):
    """What a genuine access token says; whether its session still lives is another question."""

    user_id: UUID
    session_id: UUID
    expires_at: datetime


class _Payload(msgspec.Struct):
    sub: UUID
    sid: UUID
    exp: Annotated[int, msgspec.Meta(ge=0, le=LAST_SECOND)]
    iat: int
    jti: str
    nbf: int | None = None


class AccessTokens:
    """Signs and reads access tokens with a key derived from the deployment's secret."""

    def __init__(self, *, secret: bytes, issuer: str, life: timedelta) -> None:
        self._key = hmac.digest(secret, b"shoplytics:access-token:1", "sha256")
        self._issuer = issuer
        self.life = life

    def issue(self, *, user_id: UUID, session_id: UUID, now: datetime) -> str:
        """A token for one session, good for `life`."""
        payload = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": int(now.timestamp()),
            "exp": int((now + self.life).timestamp()),
            "jti": str(new_id()),
        }
        return jwt.encode(payload, self._key, algorithm=ALGORITHM, headers={"typ": HEADER["typ"]})

    def read(self, token: str) -> Claims:
        """What a token with our signature says, expired or not. Raises InvalidToken for any other text."""
        if not token or len(token) > LONGEST:
            raise InvalidToken
        try:
            parts = jwt.decode_complete(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                options=OPTIONS,
            )
            payload = msgspec.convert(parts["payload"], _Payload)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError):
            raise InvalidToken from None
        if parts["header"] != HEADER or payload.nbf is not None:
            raise InvalidToken  # we set neither `kid`, `jku` nor `nbf`: whoever does is someone else
        return Claims(payload.sub, payload.sid, datetime.fromtimestamp(payload.exp, UTC))


def new_secret() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a random token. Never use it for anything a person chose."""
    return hashlib.sha256(secret.encode()).digest()

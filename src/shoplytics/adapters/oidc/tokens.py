"""ID tokens (OpenID Connect Core 1.0, section 3.1.3.7)."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import jwt
import msgspec

LEEWAY_SECONDS = 30
LONGEST = 16 * 1024
SMALLEST_RSA = 2048
# Each algorithm with the one kind of key it takes; whoever adds HS256 here lets the public key sign.
KINDS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
OPTIONS: jwt.types.Options = {
    "require": ["iss", "aud", "sub", "exp", "iat"],
    "verify_exp": False,  # checked below, against the clock we are given
    "verify_iat": False,
    "verify_nbf": False,
}
Jwk = Mapping[str, Any]


class TokenRefused(Exception):
    """Its text is for the log."""


class UnknownKey(TokenRefused):
    """The key may be newer than those we know."""


class Claims(msgspec.Struct, frozen=True):
    """The others are of unknown kind until somebody looks."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str | None = None
    azp: str | None = None
    nbf: float | None = None
    email: object = None
    email_verified: object = None
    given_name: object = None
    family_name: object = None


def read(
    token: str,
    keys: Sequence[Jwk],
    *,
    algorithms: Collection[str],
    issuer: str,
    client_id: str,
    nonce: str,
    now: datetime,
) -> Claims:
    """What a genuine token for us, for this request and of this moment says. Raises TokenRefused."""
    if len(token) > LONGEST:
        raise TokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header["alg"]
        if algorithm not in KINDS or algorithm not in algorithms:
            raise TokenRefused("algorithm")
        key = _key(keys, algorithm, header.get("kid"))
        payload = jwt.decode(
            token, key, algorithms=[algorithm], audience=client_id, issuer=issuer, options=OPTIONS
        )
        claims = msgspec.convert(payload, Claims)
    except (jwt.PyJWTError, msgspec.ValidationError, ValueError, KeyError) as error:
        raise TokenRefused(type(error).__name__) from None
    _check(claims, client_id=client_id, nonce=nonce, now=now.timestamp())
    return claims


def _key(keys: Sequence[Jwk], algorithm: str, kid: object) -> jwt.PyJWK:
    """The key that the token names; without a name the only one that fits."""
    kind, curve = KINDS[algorithm]
    fitting = [
        key
        for key in keys
        if key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if not fitting:
        raise UnknownKey("unknown key")
    if kid is None and len(fitting) > 1:
        raise TokenRefused("names no key")
    found = jwt.PyJWK.from_dict(dict(fitting[0]), algorithm=algorithm)
    if kind == "RSA" and found.key.key_size < SMALLEST_RSA:
        raise TokenRefused("small key")
    return found


def _check(claims: Claims, *, client_id: str, nonce: str, now: float) -> None:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.azp not in ({client_id} if len(audience) > 1 else {None, client_id}):
        raise TokenRefused("azp")
    if claims.exp <= now - LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if max(claims.iat, claims.nbf or 0) > now + LEEWAY_SECONDS:
        raise TokenRefused("not yet valid")
    if claims.nonce is None or not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
        raise TokenRefused("nonce")

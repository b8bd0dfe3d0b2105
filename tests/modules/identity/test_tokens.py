"""Which texts are access tokens of ours."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from shoplytics.modules.identity.domain.errors import InvalidToken
from shoplytics.modules.identity.domain.tokens import AccessTokens

SECRET = b"a secret of thirty-two bytes, ok"
KEY = hmac.digest(SECRET, b"shoplytics:access-token:1", "sha256")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKENS = AccessTokens(secret=SECRET, issuer="https://shop.example", life=timedelta(minutes=30))
GENUINE: dict[str, Any] = {
    "iss": "https://shop.example",
    "aud": "shoplytics-api",
    "sub": str(uuid4()),
    "sid": str(uuid4()),
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 1800,
    "jti": "1",
}
TYPE = {"typ": "at+jwt"}


def signed(claims: dict[str, Any], **header: str) -> str:
    return jwt.encode(claims, KEY, algorithm="HS256", headers=TYPE | header)


class TestAccessToken:
    def test_says_whose_session_it_is(self) -> None:
        user, session = uuid4(), uuid4()
        claims = TOKENS.read(TOKENS.issue(user_id=user, session_id=session, now=NOW))
        assert (claims.user_id, claims.session_id) == (user, session)
        assert claims.expires_at == NOW + timedelta(minutes=30)

    def test_accepts_the_genuine_form(self) -> None:
        assert str(TOKENS.read(signed(GENUINE)).user_id) == GENUINE["sub"]

    @pytest.mark.parametrize("missing", sorted(GENUINE))
    def test_needs_every_claim(self, missing: str) -> None:
        with pytest.raises(InvalidToken):
            TOKENS.read(signed({name: value for name, value in GENUINE.items() if name != missing}))

    @pytest.mark.parametrize(
        "change",
        [
            {"iss": "https://other.example"},
            {"aud": "other"},
            {"aud": ["shoplytics-api", "other"]},
            {"sub": "admin"},
            {"sid": ""},
            {"exp": "tomorrow"},
            {"exp": 10**30},
            {"nbf": int(NOW.timestamp())},
        ],
    )
    def test_refuses_claims_that_are_not_ours(self, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidToken):
            TOKENS.read(signed(GENUINE | change))

    @pytest.mark.parametrize(
        "header", [{"kid": "1"}, {"jku": "https://evil.example/keys"}, {"typ": "JWT"}, {"crit": "x"}]
    )
    def test_refuses_headers_that_are_not_ours(self, header: dict[str, str]) -> None:
        with pytest.raises(InvalidToken):
            TOKENS.read(signed(GENUINE, **header))

    @pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
    @pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
    def test_knows_one_algorithm(self, algorithm: str) -> None:
        key = "" if algorithm == "none" else KEY
        with pytest.raises(InvalidToken):
            TOKENS.read(jwt.encode(GENUINE, key, algorithm=algorithm, headers=TYPE))

    @pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "\u0000", "\ud800", "x" * 5000, "A-secret" * 5])
    def test_refuses_any_other_text(self, text: str) -> None:
        with pytest.raises(InvalidToken):
            TOKENS.read(text)

    def test_refuses_another_deployments_token(self) -> None:
        other = AccessTokens(secret=SECRET[::-1], issuer="https://shop.example", life=timedelta(minutes=30))
        with pytest.raises(InvalidToken):
            TOKENS.read(other.issue(user_id=uuid4(), session_id=uuid4(), now=NOW))

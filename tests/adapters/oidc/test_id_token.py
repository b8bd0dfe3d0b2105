"""ID tokens that lie or are forged, and user info of somebody else."""

import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.adapters.oidc.asking import NONCES, Seconds, identify, refused
from tests.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    EC,
    ED,
    KEY_ID,
    OTHER_RSA,
    RSA,
    Forge,
    Key,
    by_hand,
    public,
    sign,
)

from shoplytics.adapters.oidc import OidcProvider


class TestAnIdToken:
    @pytest.mark.parametrize(
        ("key", "algorithm", "kid"), [(RSA, "RS256", KEY_ID), (EC, "ES256", "ec"), (ED, "EdDSA", "ed")]
    )
    async def test_may_be_signed_in_three_ways(
        self,
        provider: OidcProvider,
        other: Forge,
        key: Key,
        algorithm: str,
        kid: str,
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce), key=key, algorithm=algorithm, kid=kid)
        assert (await identify(provider)).subject == "sub-1"

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"aud": "another"}, "InvalidAudience"),
            ({"aud": [CLIENT_ID, "another"]}, "azp"),
            ({"azp": "another"}, "azp"),
            ({"iss": "https://evil.example"}, "InvalidIssuer"),
            ({"exp": 1}, "expired"),
            ({"iat": 9_999_999_999}, "not yet valid"),
            ({"nbf": 9_999_999_999}, "not yet valid"),
            ({"nonce": "another"}, "nonce"),
            ({"nonce": None}, "nonce"),
            ({"nonce": 1}, "ValidationError"),
            ({"sub": None}, "MissingRequiredClaim"),
            ({"sub": ""}, "ValidationError"),
            ({"sub": "x" * 256}, "ValidationError"),
            ({"aud": None}, "MissingRequiredClaim"),
            ({"exp": None}, "MissingRequiredClaim"),
            ({"iat": None}, "MissingRequiredClaim"),
        ],
    )
    async def test_is_refused_for_what_it_says(
        self,
        provider: OidcProvider,
        other: Forge,
        capsys: pytest.CaptureFixture[str],
        changed: dict[str, object],
        reason: str,
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce, **changed))
        await refused(provider, capsys, reason)

    async def test_may_name_more_audiences_where_it_was_made_for_us(
        self, provider: OidcProvider, other: Forge
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce, aud=[CLIENT_ID, "another"], azp=CLIENT_ID))
        assert (await identify(provider)).subject == "sub-1"

    async def test_bears_half_a_minute_of_wrong_clocks(
        self, provider: OidcProvider, other: Forge, seconds: Seconds, capsys: pytest.CaptureFixture[str]
    ) -> None:
        now = int(time.time())
        other.token = sign(other.claims(NONCES.nonce, iat=now + 20, exp=now - 20))
        assert (await identify(provider)).subject == "sub-1"
        seconds.passed = 12
        await refused(provider, capsys, "expired")

    async def test_of_another_key_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce), key=OTHER_RSA)
        await refused(provider, capsys, "InvalidSignature")

    async def test_without_a_signature_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("none", "None", "NONE"):
            for header in ({"alg": name}, {"alg": name, "kid": KEY_ID}):
                other.token = by_hand(header, other.claims(NONCES.nonce), b"")
                await refused(provider, capsys, "algorithm")
        right = sign(other.claims(NONCES.nonce))
        other.token = right.rpartition(".")[0] + "."
        await refused(provider, capsys, "InvalidSignature")

    async def test_signed_with_the_public_key_as_a_secret_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for secret in (
            RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(other.keys[0]).encode(),
            CLIENT_SECRET.encode(),
        ):
            header = {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
            unsigned = by_hand(header, other.claims(NONCES.nonce), b"").removesuffix(".")
            signature = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
            other.token = by_hand(header, other.claims(NONCES.nonce), signature)
            await refused(provider, capsys, "algorithm")

    async def test_of_an_algorithm_that_the_provider_does_not_name_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other.metadata["id_token_signing_alg_values_supported"] = ["RS256"]
        other.token = sign(other.claims(NONCES.nonce), key=EC, algorithm="ES256", kid="ec")
        await refused(provider, capsys, "algorithm")

    async def test_of_a_weak_or_unfit_key_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
        other.keys = [public(small, "RS256", KEY_ID)]
        other.token = sign(other.claims(NONCES.nonce), key=small)
        await refused(provider, capsys, "small key")

    async def test_of_a_key_for_something_else_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wide = ec.generate_private_key(ec.SECP384R1())
        other.keys = [
            {**public(RSA, "RS256", KEY_ID), "use": "enc"},
            {**public(wide, "ES384", "ec"), "alg": "ES256"},
        ]
        other.token = sign(other.claims(NONCES.nonce))
        await refused(provider, capsys, "unknown key")

    async def test_needs_no_key_id_where_only_one_fits(
        self, provider: OidcProvider, other: Forge, seconds: Seconds, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce), kid=None)
        assert (await identify(provider)).subject == "sub-1"
        other.keys.append(public(OTHER_RSA, "RS256", "second"))
        seconds.passed = 3601
        other.token = sign(other.claims(NONCES.nonce, exp=int(time.time()) + 7200), kid=None)
        await refused(provider, capsys, "names no key")

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 20_000, "..", "\u0000"])
    async def test_that_is_none_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str], token: str
    ) -> None:
        other.token = token
        await refused(provider, capsys, "oidc_answer_refused")

    @pytest.mark.parametrize("said", [False, None, "true", 1, [True]])
    async def test_proves_no_address_but_in_so_many_words(
        self, provider: OidcProvider, other: Forge, said: object
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce, email_verified=said))
        assert (await identify(provider)).email_verified is False


class TestUserInfo:
    async def test_is_asked_where_the_token_has_no_address(
        self, provider: OidcProvider, other: Forge
    ) -> None:
        other.metadata["userinfo_endpoint"] = f"{other.issuer}/userinfo"
        other.token = sign(other.claims(NONCES.nonce, email=None, email_verified=None))
        other.user_info = {"sub": "sub-1", "email": "ada@example.com", "email_verified": True}
        found = await identify(provider)
        assert (found.email, found.email_verified) == ("ada@example.com", True)

    async def test_of_another_subject_is_refused(
        self, provider: OidcProvider, other: Forge, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other.metadata["userinfo_endpoint"] = f"{other.issuer}/userinfo"
        other.token = sign(other.claims(NONCES.nonce, email=None))
        other.user_info = {"sub": "sub-2", "email": "ada@example.com", "email_verified": True}
        await refused(provider, capsys, "user info of another")

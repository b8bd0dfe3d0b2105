"""A provider that lies, forges, hangs or sends too much, over real HTTP; time is the test's own."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
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
    forge,
    public,
    s256,
    sign,
)

from shoplytics.adapters.oidc import OidcProvider, open_client
from shoplytics.ports.sign_in import Nonces, ProvidedIdentity, ProviderAnswerInvalid, ProviderUnavailable

NONCES = Nonces(nonce="n" * 43, verifier="v" * 43)
BACK = "https://shop.example/api/v1/auth/oidc/forge/callback"
DISCOVERY = "/.well-known/openid-configuration"


class Seconds:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def other() -> Iterator[Forge]:
    with forge() as made:
        yield made


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def provider(other: Forge, seconds: Seconds) -> AsyncIterator[OidcProvider]:
    async with open_client() as client:
        yield OidcProvider(
            name="forge",
            issuer=other.issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            client=client,
            clock=lambda: datetime.fromtimestamp(time.time() + seconds.passed, UTC),
            monotonic=seconds,
        )


async def identify(provider: OidcProvider, *, issuer: str | None = None) -> ProvidedIdentity:
    return await provider.identify(code="code-1", issuer=issuer, nonces=NONCES, redirect_uri=BACK)


async def refused(provider: OidcProvider, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    """Everybody hears the same; the reason is in the log, for whoever runs the shop."""
    capsys.readouterr()
    with pytest.raises(ProviderAnswerInvalid):
        await identify(provider)
    said = capsys.readouterr().out
    assert reason in said


class TestTheWayThere:
    async def test_keeps_the_parameters_of_the_endpoint(self, provider: OidcProvider, other: Forge) -> None:
        url = await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)
        assert url.startswith(f"{other.issuer}/authorize?")
        assert parse_qs(urlsplit(url).query) == {
            "theme": ["dark"],
            "response_type": ["code"],
            "client_id": [CLIENT_ID],
            "redirect_uri": [BACK],
            "scope": ["openid email profile"],
            "state": ["s"],
            "nonce": [NONCES.nonce],
            "code_challenge": [s256(NONCES.verifier)],
            "code_challenge_method": ["S256"],
        }

    @pytest.mark.parametrize(
        "changed",
        [
            {"issuer": "https://accounts.example"},
            {"authorization_endpoint": "http://evil.example/authorize"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"token_endpoint": "http://169.254.169.254/token"},
            {"jwks_uri": "file:///etc/passwd"},
            {"userinfo_endpoint": "https://user:pass@a.example/"},
            {"token_endpoint": None},
            {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        ],
    )
    async def test_is_not_told_by_a_provider_that_is_set_up_wrong(
        self, provider: OidcProvider, other: Forge, changed: dict[str, Any]
    ) -> None:
        other.metadata |= changed
        with pytest.raises(ProviderUnavailable):
            await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)


class TestTheExchange:
    async def test_proves_who_we_are_and_that_we_asked(self, provider: OidcProvider, other: Forge) -> None:
        other.token = sign(other.claims(NONCES.nonce, given_name="Ada", family_name="L."))
        found = await identify(provider)
        assert found == ProvidedIdentity(
            subject="sub-1", email="ada@example.com", email_verified=True, first_name="Ada", last_name="L."
        )
        pair = f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()
        assert other.asked == [
            {
                "grant_type": "authorization_code",
                "code": "code-1",
                "redirect_uri": BACK,
                "code_verifier": NONCES.verifier,
                "authorization": f"Basic {base64.b64encode(pair).decode()}",
            }
        ]

    async def test_sends_the_secret_in_the_form_where_nothing_else_is_known(
        self, provider: OidcProvider, other: Forge
    ) -> None:
        other.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        other.token = sign(other.claims(NONCES.nonce))
        await identify(provider)
        (form,) = other.asked
        assert (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        assert form["authorization"] == ""

    async def test_refuses_the_answer_of_another_issuer(self, provider: OidcProvider, other: Forge) -> None:
        other.token = sign(other.claims(NONCES.nonce))
        with pytest.raises(ProviderAnswerInvalid):
            await identify(provider, issuer="https://evil.example")
        other.metadata["authorization_response_iss_parameter_supported"] = True
        assert (await identify(provider, issuer=other.issuer)).subject == "sub-1"
        assert len(other.asked) == 1  # the code went nowhere the first time

    async def test_misses_the_issuer_where_it_was_promised(
        self, provider: OidcProvider, other: Forge
    ) -> None:
        other.metadata["authorization_response_iss_parameter_supported"] = True
        other.token = sign(other.claims(NONCES.nonce))
        with pytest.raises(ProviderAnswerInvalid):
            await identify(provider)

    @pytest.mark.parametrize(
        ("status", "error", "kind"),
        [
            (400, "invalid_grant", ProviderAnswerInvalid),
            (401, "invalid_client", ProviderUnavailable),
            (302, "moved", ProviderUnavailable),
            (500, "server_error", ProviderUnavailable),
            (429, "slow_down", ProviderUnavailable),
        ],
    )
    async def test_tells_a_wrong_code_from_a_provider_in_trouble(
        self, provider: OidcProvider, other: Forge, status: int, error: str, kind: type[Exception]
    ) -> None:
        await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)
        other.status, other.body = status, json.dumps({"error": error}).encode()
        other.headers = {"location": f"{other.issuer}/elsewhere"}
        with pytest.raises(kind):
            await identify(provider)
        assert other.seen == [DISCOVERY, "/token"]  # and it followed nobody elsewhere


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


class TestWhatIsKept:
    async def test_is_fetched_once_an_hour(
        self, provider: OidcProvider, other: Forge, seconds: Seconds
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce, exp=int(time.time()) + 7200))
        for passed in (0, 3000, 3601):
            seconds.passed = passed
            await identify(provider)
        assert (other.seen.count(DISCOVERY), other.seen.count("/jwks")) == (2, 2)

    async def test_is_renewed_for_a_new_key_but_once_a_minute(
        self, provider: OidcProvider, other: Forge, seconds: Seconds, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other.token = sign(other.claims(NONCES.nonce))
        await identify(provider)
        other.keys.append(public(OTHER_RSA, "RS256", "second"))
        other.token = sign(other.claims(NONCES.nonce), key=OTHER_RSA, kid="second")
        await refused(provider, capsys, "unknown key")
        assert other.seen.count("/jwks") == 1
        seconds.passed = 61
        await identify(provider)
        other.token = sign(other.claims(NONCES.nonce), key=OTHER_RSA, kid="made up")
        for _ in range(3):
            await refused(provider, capsys, "unknown key")
        assert other.seen.count("/jwks") == 2

    async def test_serves_on_while_the_provider_is_away(
        self, provider: OidcProvider, other: Forge, seconds: Seconds
    ) -> None:
        await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)
        other.status, seconds.passed = 500, 3601
        for _ in range(3):
            await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)
        assert other.seen.count(DISCOVERY) == 2

    async def test_is_not_asked_for_again_at_once_after_a_failure(
        self, provider: OidcProvider, other: Forge, seconds: Seconds
    ) -> None:
        other.status = 500
        for _ in range(3):
            with pytest.raises(ProviderUnavailable):
                await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)
        assert other.seen.count(DISCOVERY) == 1
        other.status, seconds.passed = 200, 6
        await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"<html>", {}),
            (b"[]", {}),
            (b'"' + b"x" * 300_000 + b'"', {}),
            (b"{}", {"content-encoding": "gzip"}),
        ],
    )
    async def test_is_never_what_cannot_be_read(
        self, provider: OidcProvider, other: Forge, body: bytes, headers: dict[str, str]
    ) -> None:
        other.body, other.headers = body, headers
        with pytest.raises(ProviderUnavailable):
            await provider.authorization_url(state="s", nonces=NONCES, redirect_uri=BACK)

"""A provider that is set up wrong, hangs or sends too much."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from tests.adapters.oidc.asking import BACK, DISCOVERY, NONCES, Seconds, identify, refused
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, OTHER_RSA, Forge, public, s256, sign

from shoplytics.adapters.oidc import OidcProvider
from shoplytics.ports.sign_in import ProvidedIdentity, ProviderAnswerInvalid, ProviderUnavailable


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

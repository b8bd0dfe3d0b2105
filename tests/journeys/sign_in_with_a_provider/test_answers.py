"""A provider's answer: good once, in one browser, and never forged; in a real process and over TLS, too."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from tests.journeys.sign_in_with_a_provider.browser import BASE, COOKIE, bearer, begin, come_back
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, consent, forge, person, s256, sign
from tests.processes import api_process

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api, create_app
from shoplytics.settings import OidcSettings, Settings


class TestAnAnswer:
    async def test_is_good_for_exactly_one_of_many(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        query = await asyncio.to_thread(consent, await begin(client), subject)
        answers = await asyncio.gather(*(come_back(client, query) for _ in range(32)))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 31
        assert {a.json()["code"] for a in answers if a.status_code == 401} == {"invalid_state"}
        assert await owner.fetchval("select count(*) from identity_session") == 1

    async def test_is_good_in_its_own_browser_only(
        self, app: Api, client: httpx.AsyncClient, issuer: str, subject: str
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        query = await asyncio.to_thread(consent, await begin(client), subject)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as other:
            for _ in range(2):  # without a cookie, then with one of its own
                answer = await come_back(other, query)
                assert (answer.status_code, answer.json()["code"]) == (401, "other_browser")
                await begin(other)
        assert (await come_back(client, query)).status_code == 200

    async def test_is_good_for_ten_minutes(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        query = await asyncio.to_thread(consent, await begin(client), subject)
        life = await owner.fetchval("select expires_at - created_at from identity_oidc_state")
        assert life.total_seconds() == 600
        await owner.execute("update identity_oidc_state set expires_at = now()")
        answer = await come_back(client, query)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_state")

    async def test_needs_a_state_of_ours_and_a_code_of_the_provider(self, client: httpx.AsyncClient) -> None:
        state = parse_qs(urlsplit(await begin(client)).query)["state"][0]
        for query in ({"code": "x"}, {"code": "x", "state": ""}, {"code": "x", "state": "made-up"}):
            assert (await come_back(client, query)).json()["code"] == "invalid_state"
        answer = await come_back(client, {"code": "made-up", "state": state})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_provider_answer")

    async def test_of_two_tabs_is_good_in_both(
        self, client: httpx.AsyncClient, issuer: str, subject: str
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        first = await begin(client)
        await begin(client)
        assert (await come_back(client, await asyncio.to_thread(consent, first, subject))).status_code == 200

    async def test_leaves_no_secret_in_the_database(self, client: httpx.AsyncClient, owner: Raw) -> None:
        asked = parse_qs(urlsplit(await begin(client)).query)
        row = str(await owner.fetch("select * from identity_oidc_state"))
        for secret in (asked["state"][0], asked["nonce"][0], client.cookies[COOKIE]):
            assert secret not in row


class TestAForgedToken:
    async def test_opens_nothing_and_uses_its_state_up(self, settings: Settings, owner: Raw) -> None:
        with forge() as other:
            own = OidcSettings(
                name="forge", issuer=other.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
            )
            app = create_app(msgspec.structs.replace(settings, oidc=(own,)))
            async with (
                app.lifespan(),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
            ):
                for number, right in enumerate((False, True)):
                    begun = await client.get(f"{BASE}/forge")
                    asked = parse_qs(urlsplit(begun.headers["location"]).query)
                    nonce = asked["nonce"][0] if right else "of another sign-in"
                    other.token = sign(other.claims(nonce))
                    back = {"code": "x", "state": asked["state"][0]}
                    answer = await client.get(f"{BASE}/forge/callback", params=back)
                    again = await client.get(f"{BASE}/forge/callback", params=back)
                    assert again.json()["code"] == "invalid_state"
                    if right:
                        assert answer.status_code == 200, answer.text
                        assert s256(other.asked[-1]["code_verifier"]) == asked["code_challenge"][0]
                    else:
                        assert answer.json()["code"] == "invalid_provider_answer"
                    assert await owner.fetchval("select count(*) from identity_session") == number


class TestARealProcess:
    def test_signs_in_over_real_http(self, settings: Settings, issuer: str, subject: str) -> None:
        """As `serve` loads it, with some libraries hidden: PyJWT has to find its cryptography."""
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        provider = {
            "SHOPLYTICS_OIDC_MOCK_ISSUER": issuer,
            "SHOPLYTICS_OIDC_MOCK_CLIENT_ID": "shop",
            "SHOPLYTICS_OIDC_MOCK_CLIENT_SECRET": "hush",
        }
        with api_process(settings, **provider) as base, httpx.Client(base_url=base) as browser:
            begun = browser.get(f"{BASE}/mock")
            back = consent(begun.headers["location"], subject)
            answer = browser.get(f"{BASE}/mock/callback", params=back)
            assert answer.status_code == 200, answer.text
            mine = browser.get("/api/v1/me", headers=bearer(answer.json()))
            assert mine.json()["email"] == f"{subject}@example.com"


class TestOverTls:
    async def test_the_cookie_is_kept_from_other_hosts(self, settings: Settings) -> None:
        app = create_app(msgspec.structs.replace(settings, public_url="https://shop.example"))
        async with (
            app.lifespan(),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://test") as client,
        ):
            answer = await client.get(f"{BASE}/mock")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-shoplytics-oidc=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie

"""Somebody signs in with a provider: a real one, over real HTTP, with the browser's part played by httpx."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest
from tests.builders import Account, register
from tests.journeys.test_two_factor import turn_on
from tests.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    consent,
    forge,
    person,
    real_provider,
    s256,
    sign,
    wait_for,
)
from tests.smtp_server import free_port

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api, create_app
from shoplytics.settings import OidcSettings, Settings

BASE = "/api/v1/auth/oidc"
COOKIE = "shoplytics-oidc"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real_provider() as address:
        yield address


@pytest.fixture
def settings(settings: Settings, issuer: str) -> Settings:
    mock = OidcSettings(name="mock", issuer=issuer, client_id="shop", client_secret="hush")
    away = OidcSettings(name="away", issuer="http://127.0.0.1:9", client_id="shop", client_secret="hush")
    return msgspec.structs.replace(settings, oidc=(mock, away))


@pytest.fixture
def subject() -> str:
    """Nobody's yet; the provider outlives the test."""
    return f"sub-{uuid4().hex[:12]}"


async def begin(client: httpx.AsyncClient) -> str:
    """Where the browser is sent to, with its cookie kept."""
    answer = await client.get(f"{BASE}/mock")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def come_back(client: httpx.AsyncClient, query: dict[str, str]) -> httpx.Response:
    return await client.get(f"{BASE}/mock/callback", params=query)


async def enter(client: httpx.AsyncClient, subject: str) -> httpx.Response:
    """The whole way."""
    url = await begin(client)
    return await come_back(client, await asyncio.to_thread(consent, url, subject))


async def me(client: httpx.AsyncClient, pair: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get("/api/v1/me", headers=bearer(pair))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


async def verified(client: httpx.AsyncClient, owner: Raw) -> Account:
    account = await register(client)
    await owner.execute("update identity_user set email_verified_at = now() where id = $1", account.user_id)
    return account


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[Raw]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


class TestSigningIn:
    async def test_lists_the_providers(
        self, client: httpx.AsyncClient, settings: Settings, issuer: str
    ) -> None:
        listed = (await client.get(BASE)).json()
        assert [one["name"] for one in listed["items"]] == ["away", "mock"]
        assert listed["items"][1] == {
            "name": "mock",
            "issuer": issuer,
            "url": f"{settings.public_url}{BASE}/mock",
        }
        assert "hush" not in str(listed)

    async def test_sends_the_browser_with_state_nonce_and_challenge(
        self, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        answer = await client.get(f"{BASE}/mock", headers={"host": "evil.example"})
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert asked["redirect_uri"] == [f"{settings.public_url}{BASE}/mock/callback"]
        assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
        assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(cookie.split("; "))

    async def test_makes_a_verified_account_and_finds_it_again(
        self, client: httpx.AsyncClient, issuer: str, subject: str
    ) -> None:
        address = f"{subject}@example.com"
        person(
            issuer, subject, email=address.upper(), email_verified=True, given_name="Ada", family_name="L."
        )
        first = await enter(client, subject)
        assert first.status_code == 200, first.text
        assert COOKIE not in client.cookies
        user = await me(client, first.json())
        assert (user["email"], user["email_verified"]) == (address, True)
        assert (user["first_name"], user["last_name"]) == ("Ada", "L.")
        person(issuer, subject, email="elsewhere@example.com", email_verified=False)
        again = await enter(client, subject)
        assert (await me(client, again.json()))["id"] == user["id"]

    async def test_links_to_the_account_whose_address_is_proved(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        account = await verified(client, owner)
        person(issuer, subject, email=account.email, email_verified=True)
        pair = (await enter(client, subject)).json()
        assert (await me(client, pair))["id"] == str(account.user_id)

    async def test_says_what_the_provider_refused(self, client: httpx.AsyncClient) -> None:
        url = await begin(client)
        back = {"state": parse_qs(urlsplit(url).query)["state"][0], "error": "access_denied"}
        answer = await come_back(client, {**back, "error_description": "<b>no</b>", "session_state": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "provider_refused")
        assert answer.json()["provider_error"] == "access_denied"
        assert "<b>" not in answer.text
        assert (await come_back(client, back)).json()["code"] == "invalid_state"

    async def test_knows_no_other_provider(self, client: httpx.AsyncClient) -> None:
        for path in (f"{BASE}/nobody", f"{BASE}/nobody/callback?state=x&code=y", f"{BASE}/MOCK"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_provider")

    async def test_tells_when_the_provider_is_away(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{BASE}/away")
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
        assert "retry-after" in answer.headers


class TestAnUnverifiedAddress:
    """Regression: in S0 whoever claimed an address at a provider was signed in to its account."""

    async def test_of_the_provider_never_signs_in(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        account = await verified(client, owner)
        for claims in (
            {"email": account.email},
            {"email": account.email, "email_verified": False},
            {"email": account.email, "email_verified": "true"},
            {"email": f"{subject}@example.com", "email_verified": False},
            {"email_verified": True},
            {"email": "no address", "email_verified": True},
        ):
            person(issuer, subject, **claims)
            answer = await enter(client, subject)
            assert (answer.status_code, answer.json()["code"]) == (403, "provider_email_unverified"), claims
        assert await owner.fetchval("select count(*) from identity_oidc_link") == 0
        assert await owner.fetchval("select count(*) from identity_user") == 1

    async def test_of_the_account_never_signs_in(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        squatted = await register(client)
        person(issuer, subject, email=squatted.email, email_verified=True)
        answer = await enter(client, subject)
        assert (answer.status_code, answer.json()["code"]) == (409, "account_email_unverified")
        assert await owner.fetchval("select count(*) from identity_oidc_link") == 0
        await owner.execute("update identity_user set email_verified_at = now()")
        assert (await enter(client, subject)).status_code == 200


class TestAClosedAccount:
    @pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
    async def test_is_not_opened(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
        column: str,
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        assert (await enter(client, subject)).status_code == 200
        await owner.execute(f"update identity_user set {column} = now()")
        answer = await enter(client, subject)
        assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")

    async def test_is_not_taken_over_by_its_address(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        account = await verified(client, owner)
        person(issuer, subject, email=account.email, email_verified=True)
        await owner.execute("update identity_user set disabled_at = now()")
        assert (await enter(client, subject)).json()["code"] == "account_disabled"
        await owner.execute("update identity_user set deleted_at = now()")
        assert (await enter(client, subject)).json()["code"] == "address_not_free"
        assert await owner.fetchval("select count(*) from identity_oidc_link") == 0


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


class TestMyProviders:
    async def test_are_listed_and_removed(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        account = await verified(client, owner)
        person(issuer, subject, email=account.email, email_verified=True)
        assert (await enter(client, subject)).status_code == 200
        (link,) = (await client.get("/api/v1/me/oidc", headers=account.headers)).json()["items"]
        assert (link["provider"], link["issuer"]) == ("mock", issuer)
        other = await register(client)
        path = f"/api/v1/me/oidc/{link['id']}"
        assert (await client.delete(path, headers=other.headers)).status_code == 404
        assert (await client.delete(path, headers=account.headers)).status_code == 204
        assert (await client.delete(path, headers=account.headers)).status_code == 404
        assert (await client.get("/api/v1/me/oidc", headers=account.headers)).json()["items"] == []

    async def test_are_not_removed_when_no_other_way_in_is_left(
        self,
        client: httpx.AsyncClient,
        owner: Raw,
        issuer: str,
        subject: str,
    ) -> None:
        person(issuer, subject, email=f"{subject}@example.com", email_verified=True)
        mine = bearer((await enter(client, subject)).json())
        (link,) = (await client.get("/api/v1/me/oidc", headers=mine)).json()["items"]
        answer = await client.delete(f"/api/v1/me/oidc/{link['id']}", headers=mine)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_way_in")
        await owner.execute("update identity_user set password_hash = 'x'")
        assert (await client.delete(f"/api/v1/me/oidc/{link['id']}", headers=mine)).status_code == 204


class TestASecondFactor:
    async def test_is_asked_for_after_the_provider(
        self, app: Api, client: httpx.AsyncClient, owner: Raw, issuer: str, subject: str
    ) -> None:
        account = await verified(client, owner)
        totp, _ = await turn_on(client, account)
        person(issuer, subject, email=account.email, email_verified=True)
        asked = await enter(client, subject)
        assert (asked.status_code, asked.json()["code"]) == (401, "totp_required")
        form = {"second_factor_token": asked.json()["second_factor_token"], "totp_code": totp.now()}
        wrong = {**form, "totp_code": "000000" if totp.now() != "000000" else "111111"}
        answer = await client.post(f"{BASE}/mock/second-factor", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_totp_code")
        answer = await client.post(f"{BASE}/away/second-factor", json=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_state")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as other:
            answer = await other.post(f"{BASE}/mock/second-factor", json=form)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_state")
        answer = await client.post(f"{BASE}/mock/second-factor", json=form)
        assert answer.status_code == 200, answer.text
        assert (await me(client, answer.json()))["id"] == str(account.user_id)
        answer = await client.post(f"{BASE}/mock/second-factor", json=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_state")

    async def test_is_waited_for_five_minutes(
        self, client: httpx.AsyncClient, owner: Raw, issuer: str, subject: str
    ) -> None:
        account = await verified(client, owner)
        totp, _ = await turn_on(client, account)
        person(issuer, subject, email=account.email, email_verified=True)
        form = {
            "second_factor_token": (await enter(client, subject)).json()["second_factor_token"],
            "totp_code": totp.now(),
        }
        left = await owner.fetchval("select expires_at - used_at from identity_oidc_state")
        assert 300 <= left.total_seconds() < 360
        await owner.execute("update identity_oidc_state set expires_at = now()")
        answer = await client.post(f"{BASE}/mock/second-factor", json=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_state")


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
        base = f"http://127.0.0.1:{(port := free_port())}"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SHOPLYTICS_") and name not in {"PORT", "HOST"}
        } | {
            "PORT": str(port),
            "SHOPLYTICS_HOME": str(settings.home),
            "SHOPLYTICS_DATABASE_URL": settings.database_url,
            "SHOPLYTICS_REDIS_URL": settings.redis_url,
            "SHOPLYTICS_SECRET_KEY": settings.secret_key.decode(),
            "SHOPLYTICS_OIDC_MOCK_ISSUER": issuer,
            "SHOPLYTICS_OIDC_MOCK_CLIENT_ID": "shop",
            "SHOPLYTICS_OIDC_MOCK_CLIENT_SECRET": "hush",
        }
        command = [sys.executable, "-m", "shoplytics", "serve"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as child:
            try:
                wait_for(f"{base}/health/live", child)
                with httpx.Client(base_url=base) as browser:
                    begun = browser.get(f"{BASE}/mock")
                    back = consent(begun.headers["location"], subject)
                    answer = browser.get(f"{BASE}/mock/callback", params=back)
                    assert answer.status_code == 200, answer.text
                    mine = browser.get("/api/v1/me", headers=bearer(answer.json()))
                    assert mine.json()["email"] == f"{subject}@example.com"
            finally:
                child.terminate()


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

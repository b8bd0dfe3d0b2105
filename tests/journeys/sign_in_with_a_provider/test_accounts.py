"""Somebody signs in with a provider: whose account it opens, and what else that takes."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.builders import register
from tests.journeys.sign_in_with_a_provider.browser import (
    BASE,
    COOKIE,
    bearer,
    begin,
    come_back,
    enter,
    me,
    verified,
)
from tests.journeys.test_two_factor import turn_on
from tests.oidc_provider import person

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from shoplytics.settings import Settings


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

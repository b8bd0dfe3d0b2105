"""Someone proves an address, forgets a password, signs in by code, and takes an account back."""

import asyncio
import re
from collections.abc import AsyncIterator
from ipaddress import ip_network

import asyncpg
import httpx
import msgspec
import pytest
from tests.apps import client_of, serving
from tests.builders import PASSWORD, Account, register, sign_in, store_of
from tests.letters import code_to, letters_to, subjects_to, token_to

from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings

AUTH, ME = "/api/v1/auth", "/api/v1/me"
NEWER = "eleven brown owls in a barn"
ADA, PHONE = "ada@example.com", "+442079460958"


async def post(
    client: httpx.AsyncClient, path: str, account: Account | None = None, /, **body: str | bool
) -> httpx.Response:
    return await client.post(f"{AUTH}{path}", json=body, headers=account.headers if account else {})


async def challenge(client: httpx.AsyncClient, purpose: str, target: str = ADA, **headers: str) -> str:
    body = {"purpose": purpose, "target": target}
    answer = await client.post(f"{AUTH}/otp/request", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["expires_in"] == 300
    return str(answer.json()["challenge_id"])


class TestVerification:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, require_verified=True, public_url="https://shop.example")

    async def test_opens_the_door_where_it_is_required(self, client: httpx.AsyncClient, infra: Infra) -> None:
        form = {"email": ADA, "password": PASSWORD}
        assert (await post(client, "/register", **form)).status_code == 201
        login = {"identifier": ADA, "password": PASSWORD}
        refused = await post(client, "/login", **login)
        assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")
        (letter,) = await letters_to(infra, ADA)
        assert "https://shop.example/verify-email#token=" in letter.text
        assert "https://shop.example/verify-email#token=" in letter.html
        token = await token_to(infra, ADA)
        assert (await post(client, "/email/verify", token=token)).status_code == 204
        assert (await post(client, "/login", **login)).status_code == 200
        again = await post(client, "/email/verify", token=token)
        assert (again.status_code, again.json()["code"]) == (400, "invalid_token")

    async def test_by_code_signs_in_at_once(self, client: httpx.AsyncClient, infra: Infra) -> None:
        await post(client, "/register", email=ADA, password=PASSWORD)
        asked = await challenge(client, "register")
        body = {"challenge_id": asked, "target": ADA, "purpose": "register"}
        answer = await post(client, "/otp/verify", **body, code=await code_to(infra, ADA))
        assert answer.status_code == 200
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        me = await client.get(ME, headers=headers)
        assert (me.json()["email"], me.json()["email_verified"]) == (ADA, True)

    async def test_mail_comes_again(self, client: httpx.AsyncClient, infra: Infra) -> None:
        await post(client, "/register", email=ADA, password=PASSWORD)
        for email in (ADA, "nobody@example.com"):
            answer = await post(client, "/email/resend", email=email)
            assert (answer.status_code, set(answer.json())) == (202, {"message"})
        assert len(await letters_to(infra, ADA)) == 2
        assert await letters_to(infra, "nobody@example.com") == []


class TestPages:
    @pytest.mark.parametrize("ask", ["/email/resend", "/password/forgot"])
    async def test_are_where_mailed_links_lead(
        self, client: httpx.AsyncClient, infra: Infra, ask: str
    ) -> None:
        await register(client, ADA)
        await post(client, ask, email=ADA)
        letter = (await letters_to(infra, ADA))[-1]
        path = re.findall(r"https?://[^/]+(/[a-z-]+)#token=", letter.text)[-1]
        await check_page(client, path)

    async def test_ask_for_another_link(self, client: httpx.AsyncClient) -> None:
        await check_page(client, "/forgot-password")


async def check_page(client: httpx.AsyncClient, path: str) -> None:
    """A page whose script may run, and hands the form to a route that is there."""
    page = await client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    nonce = re.findall(r'<script nonce="([^"]+)">', page.text)[0]
    assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
    target = re.findall(r'data-path="([^"]+)"', page.text)[0]
    assert (await client.post(target, json={})).status_code == 400


class TestPassword:
    async def test_is_reset_by_a_mailed_link(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada = await register(client, ADA)
        assert (await post(client, "/password/forgot", email="ADA@example.com")).status_code == 202
        token = await token_to(infra, ADA)
        weak = await post(client, "/password/reset", token=token, password="short")
        assert [e["pointer"] for e in weak.json()["errors"]] == ["/password"]
        assert (await post(client, "/password/reset", token=token, password=NEWER)).status_code == 204
        again = await post(client, "/password/reset", token=token, password=PASSWORD)
        assert (again.status_code, again.json()["code"]) == (400, "invalid_token")
        refresh = await post(client, "/refresh", refresh_token=ada.refresh_token)
        assert refresh.status_code == 401
        pair = await sign_in(client, ADA, NEWER)
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        assert (await client.get(ME, headers=headers)).json()["email_verified"] is True
        assert (await subjects_to(infra, ADA))[-1] == "Your password was changed"

    async def test_is_changed_by_who_knows_it(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada = await register(client, ADA, first_name="Ada")
        wrong = await post(client, "/password/change", ada, current_password="x", new_password=NEWER)
        assert [(e["pointer"], e["code"]) for e in wrong.json()["errors"]] == [
            ("/current_password", "wrong_password")
        ]
        own = await post(client, "/password/change", ada, current_password=PASSWORD, new_password=ADA)
        assert [(e["pointer"], e["code"]) for e in own.json()["errors"]] == [("/new_password", "own_words")]
        done = await post(client, "/password/change", ada, current_password=PASSWORD, new_password=NEWER)
        assert done.status_code == 204
        await sign_in(client, ADA, NEWER)
        assert (await post(client, "/refresh", refresh_token=ada.refresh_token)).status_code == 401
        assert (await subjects_to(infra, ADA))[-1] == "Your password was changed"


class TestCodes:
    async def test_sign_in_once_and_never_stand_in_an_answer(
        self, client: httpx.AsyncClient, infra: Infra
    ) -> None:
        await register(client, ADA)
        answer = await post(client, "/otp/request", purpose="login", target=ADA)
        code = await code_to(infra, ADA)
        assert code not in answer.text
        assert set(answer.json()) == {"challenge_id", "expires_in"}
        body = {
            "challenge_id": answer.json()["challenge_id"],
            "target": ADA,
            "purpose": "login",
            "code": code,
        }
        used = await asyncio.gather(*(post(client, "/otp/verify", **body) for _ in range(8)))
        assert sorted(one.status_code for one in used) == [200] + [400] * 7
        assert {one.json()["code"] for one in used if one.status_code == 400} == {"invalid_code"}
        assert (await subjects_to(infra, ADA))[1:] == [f"{code} is your code for Shoplytics"]

    async def test_verify_a_phone_which_then_signs_in(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada = await register(client, ADA, phone=PHONE)
        asked = await challenge(client, "verify_phone", PHONE, **ada.headers)
        body = {"challenge_id": asked, "target": PHONE, "purpose": "verify_phone"}
        answer = await post(client, "/otp/verify", **body, code=await code_to(infra, PHONE))
        assert answer.json() == {"purpose": "verify_phone", "target": PHONE, "verified": True}
        assert (await client.get(ME, headers=ada.headers)).json()["phone_verified"] is True
        await sign_in(client, PHONE)
        asked = await challenge(client, "login", "+44 20 7946 0958")
        body = {"challenge_id": asked, "target": PHONE, "purpose": "login"}
        answer = await post(client, "/otp/verify", **body, code=await code_to(infra, PHONE))
        assert answer.json()["token_type"] == "Bearer"

    async def test_reset_a_password_at_once_or_by_token(
        self, client: httpx.AsyncClient, infra: Infra
    ) -> None:
        await register(client, ADA)
        body = {"target": ADA, "purpose": "reset_password"}
        asked = await challenge(client, "reset_password")
        done = await post(
            client,
            "/otp/verify",
            **body,
            challenge_id=asked,
            code=await code_to(infra, ADA),
            new_password=NEWER,
        )
        assert (done.status_code, done.json()["verified"]) == (200, True)
        await sign_in(client, ADA, NEWER)
        asked = await challenge(client, "reset_password")
        answer = await post(client, "/otp/verify", **body, challenge_id=asked, code=await code_to(infra, ADA))
        token = answer.json()["reset_token"]
        assert (await post(client, "/password/reset", token=token, password=PASSWORD)).status_code == 204
        await sign_in(client, ADA, PASSWORD)

    async def test_are_three_in_a_quarter_of_an_hour(self, client: httpx.AsyncClient) -> None:
        await register(client, ADA)
        for target in (ADA, "nobody@example.com"):
            for purpose in ("login", "verify_email", "login"):
                await challenge(client, purpose, target)
            refused = await post(client, "/otp/request", purpose="login", target=target)
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_codes")
            assert 890 <= int(refused.headers["Retry-After"]) <= 900

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"purpose": "change_email", "target": ADA}, "/purpose"),
            ({"purpose": "login", "target": "ada"}, "/target"),
            ({"purpose": "verify_phone", "target": ADA}, "/target"),
        ],
    )
    async def test_are_for_known_purposes(
        self, client: httpx.AsyncClient, body: dict[str, str], pointer: str
    ) -> None:
        answer = await post(client, "/otp/request", **body)
        assert answer.status_code == 400
        assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


class TestEmailChange:
    async def test_moves_the_account_and_tells_the_former_address(
        self, client: httpx.AsyncClient, infra: Infra
    ) -> None:
        ada = await register(client, ADA)
        asked = await post(client, "/email/change", ada, email="New@example.com", password=PASSWORD)
        assert asked.status_code == 202
        body = {"challenge_id": asked.json()["challenge_id"], "code": await code_to(infra, "new@example.com")}
        assert (await post(client, "/email/change/confirm", ada, **body)).status_code == 204
        me = (await client.get(ME, headers=ada.headers)).json()
        assert (me["email"], me["email_verified"]) == ("new@example.com", True)
        assert (await subjects_to(infra, ADA))[-1] == "Your e-mail address was changed"
        await sign_in(client, "new@example.com")

    async def test_to_a_taken_address_answers_the_same(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada, bob = await register(client, ADA), await register(client, "bob@example.com")
        answers = [
            await post(client, "/email/change", ada, email=email, password=PASSWORD)
            for email in (bob.email, "free@example.com")
        ]
        assert {(a.status_code, frozenset(a.json()), a.json()["expires_in"]) for a in answers} == {
            (202, frozenset({"challenge_id", "expires_in"}), 300)
        }
        assert (await subjects_to(infra, bob.email))[-1] == "You already have an account at Shoplytics"
        confirmed = await post(
            client,
            "/email/change/confirm",
            ada,
            challenge_id=answers[0].json()["challenge_id"],
            code=await code_to(infra, "free@example.com"),
        )
        assert (confirmed.status_code, confirmed.json()["code"]) == (400, "invalid_code")


@pytest.fixture
async def elsewhere(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Another process of the same deployment."""
    async with serving(settings) as app, client_of(app) as opened:
        yield opened


async def dead(client: httpx.AsyncClient, account: Account) -> bool:
    """Within five seconds, as promised."""
    for _ in range(100):
        if (await client.get(ME, headers=account.headers)).status_code == 401:
            return True
        await asyncio.sleep(0.05)
    return False


class TestSessions:
    @pytest.mark.parametrize("event", ["logout", "everywhere", "password", "disabled"])
    async def test_die_in_other_processes_too(
        self, client: httpx.AsyncClient, elsewhere: httpx.AsyncClient, owner_url: str, event: str
    ) -> None:
        ada = await register(client, ADA)
        assert (await elsewhere.get(ME, headers=ada.headers)).status_code == 200
        if event == "logout":
            await post(client, "/logout", ada)
        if event == "everywhere":
            await post(client, "/logout", ada, everywhere=True)
        if event == "password":
            await post(client, "/password/change", ada, current_password=PASSWORD, new_password=NEWER)
        if event == "disabled":
            owner = await asyncpg.connect(owner_url)
            await owner.execute("update identity_user set disabled_at = now()")
            await owner.close()
        assert await dead(elsewhere, ada)
        refresh = await post(elsewhere, "/refresh", refresh_token=ada.refresh_token)
        assert refresh.status_code == 401

    async def test_end_everywhere_but_here(self, client: httpx.AsyncClient) -> None:
        ada = await register(client, ADA)
        other = await sign_in(client, ADA)
        assert (await client.delete(f"{ME}/sessions", headers=ada.headers)).status_code == 204
        assert (await client.get(ME, headers=ada.headers)).status_code == 200
        form = {"refresh_token": other["refresh_token"]}
        assert (await client.post(f"{AUTH}/refresh", json=form)).status_code == 401

    async def test_prove_themselves_again(self, client: httpx.AsyncClient, owner_url: str) -> None:
        ada = await register(client, ADA)
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update identity_session set authenticated_at = now() - interval '1 hour'")
        wrong = await post(client, "/reauthenticate", ada, password="wrong")
        assert [e["pointer"] for e in wrong.json()["errors"]] == ["/password"]
        fresh = "select now() - authenticated_at < interval '1 minute' from identity_session"
        assert await owner.fetchval(fresh) is False
        store = await store_of(client, ada)
        keys = f"/api/v1/stores/{store}/api-keys"
        form = {"name": "a till", "scopes": ["orders:read"]}
        refused = await client.post(keys, json=form, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "reauth_required")
        assert (await post(client, "/reauthenticate", ada, password=PASSWORD)).status_code == 204
        assert await owner.fetchval(fresh) is True
        assert (await client.post(keys, json=form, headers=ada.headers)).status_code == 201
        await owner.close()

    async def test_that_only_found_a_token_set_no_phone_and_delete_nothing(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        ada = await register(client, ADA, phone="+442079460111")
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update identity_session set authenticated_at = now() - interval '16 minutes'")
        await owner.close()
        for same in ({"phone": "+442079460111"}, {"first_name": "Ada"}):
            assert (await client.patch(ME, json=same, headers=ada.headers)).status_code == 200
        refused = await client.patch(ME, json={"phone": PHONE}, headers=ada.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "reauth_required")
        gone = await client.delete(ME, headers=ada.headers)
        assert (gone.status_code, gone.json()["code"]) == (403, "reauth_required")
        assert (await client.patch(ME, json={"phone": None}, headers=ada.headers)).status_code == 200
        assert (await post(client, "/reauthenticate", ada, password=PASSWORD)).status_code == 204
        changed = await client.patch(ME, json={"phone": PHONE}, headers=ada.headers)
        assert changed.json()["phone"] == PHONE
        assert (await client.delete(ME, headers=ada.headers)).status_code == 204


class TestLockedDoor:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, trusted_proxies=(ip_network("127.0.0.0/8"),))

    async def test_opens_to_its_owner_by_reset(self, client: httpx.AsyncClient, infra: Infra) -> None:
        await post(client, "/register", email=ADA, password=PASSWORD)

        async def enter(password: str, address: str) -> int:
            form = {"identifier": ADA, "password": password}
            from_there = {"X-Forwarded-For": address}
            return (await client.post(f"{AUTH}/login", json=form, headers=from_there)).status_code

        strangers = [await enter("wrong", f"198.51.{number}.1") for number in range(12)]
        assert strangers == [401] * 10 + [429] * 2
        home = {"X-Forwarded-For": "203.0.113.7"}
        assert await enter(PASSWORD, "203.0.113.7") == 429
        await post(client, "/password/forgot", email=ADA)
        body = {"token": await token_to(infra, ADA), "password": NEWER}
        reset = await client.post(f"{AUTH}/password/reset", json=body, headers=home)
        assert reset.status_code == 204
        assert await enter(NEWER, "203.0.113.7") == 200
        assert await enter(NEWER, "198.51.100.1") == 429

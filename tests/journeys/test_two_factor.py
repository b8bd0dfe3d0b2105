"""Someone adds a second factor to their account, signs in with it, and takes it off again."""

import asyncio
from time import time
from typing import Any

import asyncpg
import httpx
import pyotp
from tests.builders import PASSWORD, Account, register, sign_in
from tests.letters import letters_to, token_to

from shoplytics.bootstrap import Infra

LOGIN = "/api/v1/auth/login"
FACTOR = "/api/v1/me/two-factor"
STEP = 30


async def begin(client: httpx.AsyncClient, account: Account) -> str:
    answer = await client.post(FACTOR, json={"password": PASSWORD}, headers=account.headers)
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


async def turn_on(client: httpx.AsyncClient, account: Account) -> tuple[pyotp.TOTP, list[str]]:
    """The app, whose code of the step before was used up, and the recovery codes."""
    app = pyotp.TOTP(await begin(client, account))
    answer = await client.post(
        f"{FACTOR}/confirm", json={"code": app.at(int(time()) - STEP)}, headers=account.headers
    )
    assert answer.status_code == 200, answer.text
    codes: list[str] = answer.json()["recovery_codes"]
    return app, codes


async def log_in(client: httpx.AsyncClient, account: Account, code: str | None = None) -> httpx.Response:
    form = {"identifier": account.email, "password": PASSWORD}
    return await client.post(LOGIN, json=form if code is None else {**form, "totp_code": code})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestSettingUp:
    async def test_gives_what_an_authenticator_app_reads(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        answer = await client.post(FACTOR, json={"password": PASSWORD}, headers=ada.headers)
        body = answer.json()
        app = pyotp.parse_uri(body["otpauth_uri"])
        assert (app.secret, app.name, app.issuer) == (body["secret"], ada.email, "Shoplytics")
        assert body["qr_svg"].startswith("<svg")

    async def test_counts_once_it_is_confirmed(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        path = f"{FACTOR}/confirm"
        unasked = await client.post(path, json={"code": "000000"}, headers=ada.headers)
        assert code_of(unasked) == (409, "two_factor_not_begun")
        app = pyotp.TOTP(await begin(client, ada))
        await sign_in(client, ada.email)
        wrong = await client.post(path, json={"code": app.at(int(time()) + 10 * STEP)}, headers=ada.headers)
        assert code_of(wrong) == (400, "invalid_totp_code")
        right = await client.post(path, json={"code": app.now()}, headers=ada.headers)
        assert len(set(right.json()["recovery_codes"])) == 10
        status = (await client.get(FACTOR, headers=ada.headers)).json()
        assert (status["enabled"], status["recovery_codes_left"]) == (True, 10)
        again = await client.post(FACTOR, json={"password": PASSWORD}, headers=ada.headers)
        assert code_of(again) == (409, "two_factor_on")

    async def test_is_told_by_mail_when_it_comes_and_when_it_goes(
        self, client: httpx.AsyncClient, infra: Infra
    ) -> None:
        ada = await register(client)
        token = await token_to(infra, ada.email)
        await client.post("/api/v1/auth/email/verify", json={"token": token})
        app, _ = await turn_on(client, ada)
        assert "takes a code" in (await letters_to(infra, ada.email))[-1].text
        form = {"password": PASSWORD, "totp_code": app.now()}
        answer = await client.request("DELETE", FACTOR, json=form, headers=ada.headers)
        assert answer.status_code == 204, answer.text
        *_, on, off = await letters_to(infra, ada.email)
        assert on.subject == off.subject == "The way to sign in to your account was changed"
        assert "takes no code" in off.text

    async def test_wants_the_password(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        answer = await client.post(FACTOR, json={"password": "not the right one"}, headers=ada.headers)
        assert code_of(answer) == (400, "wrong_password")

    async def test_ends_the_sessions_of_one_factor(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        other = await sign_in(client, ada.email)
        await turn_on(client, ada)
        assert (await client.get("/api/v1/me", headers=ada.headers)).status_code == 200
        refresh = {"refresh_token": other["refresh_token"]}
        assert (await client.post("/api/v1/auth/refresh", json=refresh)).status_code == 401

    async def test_keeps_no_secret_in_clear(self, client: httpx.AsyncClient, owner_url: str) -> None:
        ada = await register(client)
        app, codes = await turn_on(client, ada)
        owner = await asyncpg.connect(owner_url)
        rows = await owner.fetch("select t::text from identity_totp t")
        rows += await owner.fetch("select t::text from identity_recovery_code t")
        sealed = await owner.fetchval("select secret from identity_totp")
        await owner.close()
        text = " ".join(row[0] for row in rows)
        assert app.secret.encode() not in sealed
        for secret in (
            app.secret,
            app.secret.encode().hex(),
            *codes,
            *(code.encode().hex() for code in codes),
        ):
            assert secret not in text


class TestSigningIn:
    async def test_asks_for_a_code_only_after_the_right_password(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        app, _ = await turn_on(client, ada)
        assert code_of(await log_in(client, ada)) == (401, "totp_required")
        form = {"identifier": ada.email, "password": "not the right one", "totp_code": app.now()}
        assert code_of(await client.post(LOGIN, json=form)) == (401, "invalid_credentials")
        far = app.at(int(time()) + 5 * STEP)
        assert code_of(await log_in(client, ada, far)) == (401, "invalid_totp_code")
        assert (await log_in(client, ada, app.now())).status_code == 200

    async def test_takes_a_code_once_however_many_send_it(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        app, _ = await turn_on(client, ada)
        now = app.now()
        answers = await asyncio.gather(*(log_in(client, ada, now) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5
        assert code_of(await log_in(client, ada, app.at(int(time()) - STEP))) == (401, "invalid_totp_code")

    async def test_takes_each_recovery_code_once(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        _, codes = await turn_on(client, ada)
        assert (await log_in(client, ada, codes[0].upper().replace("-", " "))).status_code == 200
        assert code_of(await log_in(client, ada, codes[0])) == (401, "invalid_totp_code")
        status = (await client.get(FACTOR, headers=ada.headers)).json()
        assert status["recovery_codes_left"] == 9

    async def test_counts_wrong_codes_as_guesses(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        app, _ = await turn_on(client, ada)
        far = app.at(int(time()) + 50 * STEP)
        answers = [(await log_in(client, ada, far)).status_code for _ in range(11)]
        assert answers == [401] * 10 + [429]
        assert (await log_in(client, ada, app.now())).status_code == 429


class TestTakingItOff:
    async def test_wants_password_and_code(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        both: dict[str, Any] = {"password": PASSWORD, "totp_code": "000000"}
        off = await client.request("DELETE", FACTOR, json=both, headers=ada.headers)
        assert code_of(off) == (409, "two_factor_off")
        app, codes = await turn_on(client, ada)
        wrong = {**both, "totp_code": app.at(int(time()) + 9 * STEP)}
        refused = await client.request("DELETE", FACTOR, json=wrong, headers=ada.headers)
        assert code_of(refused) == (401, "invalid_totp_code")
        right = {**both, "totp_code": codes[1]}
        assert (await client.request("DELETE", FACTOR, json=right, headers=ada.headers)).status_code == 204
        assert (await log_in(client, ada)).status_code == 200

    async def test_new_recovery_codes_void_the_old(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        app, old = await turn_on(client, ada)
        both = {"password": PASSWORD, "totp_code": app.now()}
        answer = await client.post(f"{FACTOR}/recovery-codes", json=both, headers=ada.headers)
        assert answer.status_code == 200
        assert code_of(await log_in(client, ada, old[0])) == (401, "invalid_totp_code")
        assert (await log_in(client, ada, answer.json()["recovery_codes"][0])).status_code == 200

"""Somebody registers an address that is not theirs, and its owner comes later."""

from time import time
from typing import cast

import httpx
import pyotp
import pytest
from tests.builders import PASSWORD, Account, register, sign_in
from tests.letters import code_to, token_to

from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.modules.identity.service import IdentityService

AUTH, ME = "/api/v1/auth", "/api/v1/me"
NEWER = "eleven brown owls in a barn"
ADA, PHONE = "ada@example.com", "+442079460958"


async def asked(client: httpx.AsyncClient, purpose: str, target: str, **headers: str) -> dict[str, str]:
    body = {"purpose": purpose, "target": target}
    answer = await client.post(f"{AUTH}/otp/request", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return {**body, "challenge_id": answer.json()["challenge_id"]}


async def used(client: httpx.AsyncClient, infra: Infra, form: dict[str, str]) -> httpx.Response:
    form = {**form, "code": await code_to(infra, form["target"])}
    return await client.post(f"{AUTH}/otp/verify", json=form)


async def reset(client: httpx.AsyncClient, infra: Infra) -> None:
    await client.post(f"{AUTH}/password/forgot", json={"email": ADA})
    body = {"token": await token_to(infra, ADA), "password": NEWER}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204


@pytest.fixture
async def stranger(client: httpx.AsyncClient, infra: Infra) -> Account:
    """Registered Ada's address with a telephone of their own, and has proved that one."""
    account = await register(client, ADA, phone=PHONE)
    form = await asked(client, "verify_phone", PHONE, **account.headers)
    assert (await used(client, infra, form)).status_code == 200
    return account


async def turn_on(client: httpx.AsyncClient, account: Account) -> None:
    begun = await client.post(f"{ME}/two-factor", json={"password": PASSWORD}, headers=account.headers)
    code = pyotp.TOTP(begun.json()["secret"]).at(int(time()))
    answer = await client.post(f"{ME}/two-factor/confirm", json={"code": code}, headers=account.headers)
    assert answer.status_code == 200


async def has_nothing(client: httpx.AsyncClient, infra: Infra, stranger: Account) -> None:
    refresh = {"refresh_token": stranger.refresh_token}
    assert (await client.post(f"{AUTH}/refresh", json=refresh)).status_code == 401
    for identifier in (ADA, PHONE):
        form = {"identifier": identifier, "password": PASSWORD}
        assert (await client.post(f"{AUTH}/login", json=form)).status_code == 401
    assert (await used(client, infra, await asked(client, "login", PHONE))).status_code == 400
    pool = infra.database.pool(DbRole.SYSTEM)
    for table in ("identity_totp", "identity_recovery_code", "identity_oidc_link"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


class TestOwner:
    async def test_takes_the_account_by_reset(
        self, client: httpx.AsyncClient, infra: Infra, stranger: Account
    ) -> None:
        await turn_on(client, stranger)
        pool = infra.database.pool(DbRole.SYSTEM)
        await pool.execute(
            "insert into identity_oidc_link (id, user_id, issuer, subject, created_at, last_used_at)"
            " values (gen_random_uuid(), $1, 'https://id.example', 'eve', now(), now())",
            stranger.user_id,
        )
        await reset(client, infra)
        await has_nothing(client, infra, stranger)
        pair = await sign_in(client, ADA, NEWER)
        me = await client.get(ME, headers={"Authorization": f"Bearer {pair['access_token']}"})
        assert (me.json()["phone"], me.json()["email_verified"]) == (None, True)

    @pytest.mark.parametrize("purpose", ["login", "reset_password"])
    async def test_takes_the_account_by_code(
        self, client: httpx.AsyncClient, infra: Infra, stranger: Account, purpose: str
    ) -> None:
        answer = await used(client, infra, await asked(client, purpose, ADA))
        assert answer.status_code == 200
        await has_nothing(client, infra, stranger)
        if purpose == "login":
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            assert (await client.get(ME, headers=headers)).json()["phone"] is None

    async def test_is_not_kept_out_by_the_strangers_second_factor(
        self, client: httpx.AsyncClient, infra: Infra, stranger: Account
    ) -> None:
        await turn_on(client, stranger)
        answer = await used(client, infra, await asked(client, "login", ADA))
        assert answer.status_code == 200, answer.text
        await has_nothing(client, infra, stranger)

    async def test_takes_the_account_from_the_command_line(
        self, client: httpx.AsyncClient, infra: Infra, stranger: Account
    ) -> None:
        await turn_on(client, stranger)
        form = {**await asked(client, "reset_password", PHONE)}
        kept = (await used(client, infra, form)).json()["reset_token"]
        async with infra.database.work(DbRole.SYSTEM) as work:
            identity = cast("IdentityService", WITH_WORK["identity"](infra, work))
            await identity.ensure_admin(email=ADA, password=NEWER, command="create-admin")
            await work.commit()
        late = await client.post(f"{AUTH}/password/reset", json={"token": kept, "password": PASSWORD})
        assert late.status_code == 400
        await has_nothing(client, infra, stranger)
        await sign_in(client, ADA, NEWER)

    async def test_keeps_what_is_theirs_once_the_address_is_proved(
        self, client: httpx.AsyncClient, infra: Infra, stranger: Account
    ) -> None:
        token = await token_to(infra, ADA)
        assert (await client.post(f"{AUTH}/email/verify", json={"token": token})).status_code == 204
        await sign_in(client, ADA)
        await turn_on(client, stranger)
        await reset(client, infra)
        form = {"identifier": PHONE, "password": NEWER}
        answer = await client.post(f"{AUTH}/login", json=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "totp_required")


class TestNumber:
    async def test_that_is_only_claimed_finishes_no_registration(self, client: httpx.AsyncClient) -> None:
        await register(client, ADA, phone=PHONE)
        form = {"purpose": "register", "target": PHONE}
        answer = await client.post(f"{AUTH}/otp/request", json=form)
        assert [e["pointer"] for e in answer.json()["errors"]] == ["/target"]


class TestUsername:
    @pytest.mark.parametrize("email", [ADA, "new@example.com"])
    async def test_is_taken_by_whoever_registers_with_it(self, client: httpx.AsyncClient, email: str) -> None:
        await register(client, ADA)
        bob = await register(client, "bob@example.com")
        form = {"email": email, "password": NEWER, "username": "Night_owl"}
        assert (await client.post(f"{AUTH}/register", json=form)).status_code == 201
        for later in (email, "eve@example.com"):
            form = {"email": later, "password": NEWER, "username": "night_Owl"}
            answer = await client.post(f"{AUTH}/register", json=form)
            assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
        answer = await client.patch(ME, json={"username": "night_owl"}, headers=bob.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")

    @pytest.mark.parametrize("email", [ADA, "new@example.com"])
    async def test_that_is_taken_is_refused_to_all(self, client: httpx.AsyncClient, email: str) -> None:
        await register(client, ADA)
        await register(client, "bob@example.com", username="night_owl")
        form = {"email": email, "password": NEWER, "username": "night_owl"}
        assert (await client.post(f"{AUTH}/register", json=form)).status_code == 409

"""Someone registers, signs in, looks at who they are, and leaves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from tests.builders import PASSWORD, Account, register, sign_in

from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.service import IdentityService
from shoplytics.settings import Settings

AUTH = "/api/v1/auth"
ME = "/api/v1/me"


def seen(answer: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
    """What a stranger can tell an answer by: all but the request's own id."""
    body = answer.json()
    for own in ("request_id", "id", "created_at", "email"):
        body.pop(own, None)
    return answer.status_code, body, set(answer.headers)


class TestRegister:
    async def test_answers_with_the_new_user(self, client: httpx.AsyncClient) -> None:
        form = {
            "email": "Ada@Example.com",
            "password": PASSWORD,
            "confirm_password": PASSWORD,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": "+44 20 7946 0958",
            "username": "ada",
            "date_of_birth": "1990-12-10",
        }
        answer = await client.post(f"{AUTH}/register", json=form)
        assert answer.status_code == 201
        body = answer.json()
        assert (body["email"], body["phone"]) == ("ada@example.com", "+442079460958")
        assert body["platform_admin"] is False
        assert "password" not in answer.text

    async def test_hides_who_has_an_account(self, client: httpx.AsyncClient) -> None:
        ada = await register(client, first_name="Ada")
        form = {"email": ada.email.upper(), "password": PASSWORD, "first_name": "Ada"}
        known = await client.post(f"{AUTH}/register", json=form)
        unknown = await client.post(f"{AUTH}/register", json=form | {"email": "new@example.com"})
        assert seen(known) == seen(unknown)
        assert known.json()["email"] == ada.email
        assert (await client.get(ME, headers=ada.headers)).json()["id"] == str(ada.user_id)

    @pytest.mark.parametrize("field", ["platform_admin", "role", "is_admin", "id", "store_id"])
    async def test_takes_no_rights_from_the_body(self, client: httpx.AsyncClient, field: str) -> None:
        form = {"email": "eve@example.com", "password": PASSWORD, field: True}
        answer = await client.post(f"{AUTH}/register", json=form)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"

    async def test_names_every_bad_field(self, client: httpx.AsyncClient) -> None:
        form = {"email": "x@", "password": "short", "phone": "12", "username": "1"}
        answer = await client.post(f"{AUTH}/register", json=form)
        assert answer.status_code == 400
        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert pointers == {"/email", "/password", "/phone", "/username"}


class TestSignIn:
    @pytest.mark.parametrize("identifier", ["ada@example.com", "ADA"])
    async def test_takes_any_identifier(self, client: httpx.AsyncClient, identifier: str) -> None:
        await register(client, "ada@example.com", username="ada", phone="+442079460958")
        pair = await sign_in(client, identifier)
        assert pair["token_type"] == "Bearer"
        assert pair["expires_in"] == 1800

    async def test_takes_a_phone_only_once_it_is_verified(self, client: httpx.AsyncClient) -> None:
        squatter = await register(client, phone="+442079460958")
        owner = await register(client, phone="+442079460958")
        for account in (squatter, owner):
            form = {"identifier": "+442079460958", "password": account.password}
            answer = await client.post(f"{AUTH}/login", json=form)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
            await sign_in(client, account.email)

    async def test_tells_nobody_who_has_an_account(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        answers = [
            await client.post(f"{AUTH}/login", json={"identifier": who, "password": "wrong wrong wrong"})
            for who in (ada.email, "nobody@example.com")
        ]
        assert seen(answers[0]) == seen(answers[1])
        assert answers[0].status_code == 401
        assert answers[0].json()["code"] == "invalid_credentials"

    async def test_is_closed_for_an_hour_after_ten_failures(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        for who in (ada.email, "nobody@example.com"):
            form = {"identifier": who, "password": "wrong"}
            statuses = [(await client.post(f"{AUTH}/login", json=form)).status_code for _ in range(11)]
            assert statuses == [401] * 10 + [429]
            form["password"] = PASSWORD
            answer = await client.post(f"{AUTH}/login", json=form)
            assert answer.status_code == 429
            assert 3500 < int(answer.headers["Retry-After"]) <= 3600


class TestTokens:
    async def test_die_with_logout(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        other = await sign_in(client, ada.email)
        assert (await client.post(f"{AUTH}/logout", headers=ada.headers)).status_code == 204
        assert (await client.get(ME, headers=ada.headers)).status_code == 401
        refresh = await client.post(f"{AUTH}/refresh", json={"refresh_token": ada.refresh_token})
        assert refresh.status_code == 401
        headers = {"Authorization": f"Bearer {other['access_token']}"}
        assert (await client.get(ME, headers=headers)).status_code == 200

    async def test_are_refreshed_once(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        form = {"refresh_token": ada.refresh_token}
        first = await client.post(f"{AUTH}/refresh", json=form)
        assert first.status_code == 200
        again = await client.post(f"{AUTH}/refresh", json=form)
        assert (again.status_code, again.json()["code"]) == (401, "invalid_token")
        stolen = {"refresh_token": first.json()["refresh_token"]}
        assert (await client.post(f"{AUTH}/refresh", json=stolen)).status_code == 401

    async def test_can_be_verified(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        token = ada.headers["Authorization"].removeprefix("Bearer ")
        answer = await client.post(f"{AUTH}/verify", json={"token": token})
        assert answer.status_code == 200
        assert answer.json()["user_id"] == str(ada.user_id)
        for other in (ada.refresh_token, "x"):
            answer = await client.post(f"{AUTH}/verify", json={"token": other})
            assert answer.status_code == 401

    async def test_of_others_are_refused(self, client: httpx.AsyncClient, settings: Settings) -> None:
        ada = await register(client)
        life = timedelta(minutes=30)
        ours = AccessTokens(secret=settings.secret_key, issuer=settings.public_url, life=life)
        foreign = AccessTokens(secret=b"x" * 32, issuer=settings.public_url, life=life)
        token = ada.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        session = claims["sid"]
        past = utc_now() - timedelta(hours=1)
        for text in (
            "x",
            token[:-2],
            ada.refresh_token,
            jwt.encode(claims, "", algorithm="none", headers={"typ": "at+jwt"}),
            jwt.encode(claims, settings.secret_key * 2, algorithm="HS512", headers={"typ": "at+jwt"}),
            foreign.issue(user_id=ada.user_id, session_id=session, now=utc_now()),
            ours.issue(user_id=ada.user_id, session_id=session, now=past),
            ours.issue(user_id=ada.user_id, session_id=uuid4(), now=utc_now()),
            ours.issue(user_id=uuid4(), session_id=session, now=utc_now()),
        ):
            answer = await client.get(ME, headers={"Authorization": f"Bearer {text}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), text

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer  x y"])
    async def test_are_not_any_header(self, client: httpx.AsyncClient, header: str) -> None:
        assert (await client.get(ME, headers={"Authorization": header})).status_code == 401


class TestMe:
    async def test_is_changed_by_whoever_read_it_last(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        etag = (await client.get(ME, headers=ada.headers)).headers["ETag"]
        guarded = ada.headers | {"If-Match": etag}
        changed = await client.patch(ME, json={"first_name": "Ada"}, headers=guarded)
        assert (changed.status_code, changed.json()["first_name"]) == (200, "Ada")
        assert (await client.patch(ME, json={"first_name": "B"}, headers=guarded)).status_code == 412
        for field in ("email", "platform_admin", "password_hash"):
            answer = await client.patch(ME, json={field: "x"}, headers=ada.headers)
            assert answer.status_code == 400

    async def test_lists_and_ends_sessions(self, client: httpx.AsyncClient) -> None:
        ada, eve = await register(client), await register(client)
        await sign_in(client, ada.email)
        page = (await client.get(f"{ME}/sessions?limit=1", headers=ada.headers)).json()
        newest = page["items"][0]
        assert newest["current"] is False
        rest = await client.get(f"{ME}/sessions?cursor={page['next_cursor']}", headers=ada.headers)
        assert [session["current"] for session in rest.json()["items"]] == [True]
        path = f"{ME}/sessions/{newest['id']}"
        assert (await client.delete(path, headers=eve.headers)).status_code == 404
        assert (await client.delete(path, headers=ada.headers)).status_code == 204
        assert (await client.delete(path, headers=ada.headers)).status_code == 404


class TestSetUp:
    async def test_makes_the_first_admin_and_no_second(self, client: httpx.AsyncClient, infra: Infra) -> None:
        squatter = await register(client, "boss@example.com")
        token = await set_up_token(infra)
        form = {"token": token, "email": "boss@example.com", "password": "another long enough phrase"}
        assert (await client.post(f"{AUTH}/setup", json=form | {"token": "x"})).status_code == 400
        answer = await client.post(f"{AUTH}/setup", json=form | {"password": "short"})
        assert answer.json()["errors"][0]["code"] == "too_short"
        answer = await client.post(f"{AUTH}/setup", json=form)
        assert (answer.status_code, answer.json()["platform_admin"]) == (201, True)
        assert (await client.post(f"{AUTH}/setup", json=form)).status_code == 400
        assert await refused(client, squatter)
        await sign_in(client, "boss@example.com", "another long enough phrase")


async def set_up_token(infra: Infra) -> str:
    async with infra.database.work(DbRole.SYSTEM) as work:
        identity = WITH_WORK["identity"](infra, work)
        assert isinstance(identity, IdentityService)
        token = await identity.setup_token()
        await work.commit()
    assert token is not None
    return token


async def refused(client: httpx.AsyncClient, account: Account) -> bool:
    form = {"identifier": account.email, "password": account.password}
    return (await client.post(f"{AUTH}/login", json=form)).status_code == 401

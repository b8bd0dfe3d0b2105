"""An administrator looks after everybody's accounts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from tests.apps import client_of, serving
from tests.builders import PASSWORD, Account, register, sign_in, store_of
from tests.journeys.test_two_factor import code_of, turn_on
from tests.workers import until

from shoplytics.settings import Settings

USERS = "/api/v1/admin/users"
PLATFORM = USERS
ME = "/api/v1/me"


async def promote(owner_url: str, *user_ids: UUID) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute("update identity_user set platform_admin = true where id = any($1)", user_ids)
    await owner.close()


async def admin(client: httpx.AsyncClient, owner_url: str) -> Account:
    account = await register(client)
    await promote(owner_url, account.user_id)
    pair = await sign_in(client, account.email)
    return replace(account, headers={"Authorization": f"Bearer {pair['access_token']}"})


async def patched(client: httpx.AsyncClient, boss: Account, who: Account, **fields: bool) -> httpx.Response:
    return await client.patch(f"{USERS}/{who.user_id}", json=fields, headers=boss.headers)


async def audited(owner_url: str) -> list[str]:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch("select action from tenancy_audit order by id")
    await owner.close()
    return [row["action"] for row in rows]


async def found(client: httpx.AsyncClient, boss: Account, query: str) -> list[str]:
    answer = await client.get(f"{USERS}?{query}", headers=boss.headers)
    assert answer.status_code == 200, answer.text
    return [item["email"] for item in answer.json()["items"]]


async def dead(client: httpx.AsyncClient, account: Account) -> bool:
    """An access token is believed for two seconds after it was last looked up."""

    async def refused() -> bool:
        return (await client.get(ME, headers=account.headers)).status_code == 401

    await until(refused)
    return True


class TestTheList:
    async def test_is_searched_by_any_name(self, client: httpx.AsyncClient, owner_url: str) -> None:
        boss = await admin(client, owner_url)
        ada = await register(
            client, "ada@example.com", first_name="Ada", last_name="Love_lace", phone="+442079460958"
        )
        for part in ("ADA@EX", "da love", "7946", "love_"):
            assert await found(client, boss, f"q={part}") == [ada.email]
        assert await found(client, boss, "q=e%25x") == []
        assert await found(client, boss, "admin=true") == [boss.email]
        page = (await client.get(f"{USERS}?limit=1&total=true", headers=boss.headers)).json()
        assert (page["total"], page["items"][0]["email"]) == (2, ada.email)
        assert await found(client, boss, f"limit=1&cursor={page['next_cursor']}") == [boss.email]

    async def test_is_hidden_from_everybody_else(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        for path in (USERS, f"{USERS}/{ada.user_id}", "/api/v1/admin/deleted"):
            assert (await client.get(path, headers=ada.headers)).status_code == 404


class TestAnAccount:
    async def test_that_is_disabled_is_out_within_seconds(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        boss, ada = await admin(client, owner_url), await register(client)
        assert (await client.get(ME, headers=ada.headers)).status_code == 200
        answer = await patched(client, boss, ada, disabled=True)
        assert (answer.status_code, answer.json()["disabled"]) == (200, True)
        assert await dead(client, ada)
        form = {"identifier": ada.email, "password": PASSWORD}
        assert code_of(await client.post("/api/v1/auth/login", json=form)) == (403, "account_disabled")
        assert await found(client, boss, "disabled=true") == [ada.email]
        await patched(client, boss, ada, disabled=False)
        await sign_in(client, ada.email)
        assert await audited(owner_url) == ["users.change", "users.change"]

    async def test_is_changed_by_whoever_read_it_last(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        boss, ada = await admin(client, owner_url), await register(client)
        path = f"{USERS}/{ada.user_id}"
        guarded = boss.headers | {"If-Match": (await client.get(path, headers=boss.headers)).headers["etag"]}
        assert (await client.patch(path, json={"disabled": True}, headers=guarded)).status_code == 200
        assert (await client.patch(path, json={"disabled": False}, headers=guarded)).status_code == 412
        assert (await patched(client, boss, ada)).status_code == 200
        assert await audited(owner_url) == ["users.change"]

    async def test_takes_no_role_from_its_own_user(self, client: httpx.AsyncClient) -> None:
        """A role never comes from the body: not at registration, not by changing oneself, not from here."""
        ada = await register(client)
        for path, form in (
            ("/api/v1/auth/register", {"email": "x@example.com", "password": PASSWORD, "role": "admin"}),
            (
                "/api/v1/auth/register",
                {"email": "x@example.com", "password": PASSWORD, "platform_admin": True},
            ),
        ):
            assert (await client.post(path, json=form)).status_code == 400
        own: tuple[dict[str, Any], ...] = ({"platform_admin": True}, {"role": "owner"}, {"disabled": False})
        for change in own:
            assert (await client.patch(ME, json=change, headers=ada.headers)).status_code == 400
        answer = await patched(client, ada, ada, platform_admin=True)
        assert answer.status_code == 404
        assert (await client.get(ME, headers=ada.headers)).json()["platform_admin"] is False

    async def test_is_deleted_and_brought_back(self, client: httpx.AsyncClient, owner_url: str) -> None:
        boss, ada = await admin(client, owner_url), await register(client)
        path = f"{USERS}/{ada.user_id}"
        assert (await client.post(f"{path}/restore", headers=boss.headers)).status_code == 404
        store = await store_of(client, ada)
        refused = await client.delete(path, headers=boss.headers)
        assert code_of(refused) == (409, "owns_stores")
        await client.delete(f"/api/v1/stores/{store}", headers=ada.headers)
        assert (await client.delete(path, headers=boss.headers)).status_code == 204
        assert await dead(client, ada)
        assert ada.email not in await found(client, boss, "")
        listed = (await client.get("/api/v1/admin/deleted", headers=boss.headers)).json()["items"]
        assert [(one["kind"], one["id"]) for one in listed] == [("user", str(ada.user_id))]
        assert (await client.post(f"{path}/restore", headers=boss.headers)).status_code == 200
        await sign_in(client, ada.email)

    async def test_can_be_signed_out_everywhere(self, client: httpx.AsyncClient, owner_url: str) -> None:
        boss, ada = await admin(client, owner_url), await register(client)
        path = f"{USERS}/{ada.user_id}/end-sessions"
        assert (await client.post(path, headers=boss.headers)).status_code == 204
        assert await dead(client, ada)
        await sign_in(client, ada.email)


class TestAdministrators:
    async def test_neither_disable_nor_delete_themselves(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        boss = await admin(client, owner_url)
        await admin(client, owner_url)
        assert code_of(await patched(client, boss, boss, disabled=True)) == (409, "own_account")
        answer = await client.delete(f"{USERS}/{boss.user_id}", headers=boss.headers)
        assert code_of(answer) == (409, "own_account")

    async def test_always_leave_one(self, client: httpx.AsyncClient, owner_url: str) -> None:
        boss = await admin(client, owner_url)
        assert code_of(await patched(client, boss, boss, platform_admin=False)) == (409, "last_admin")
        other = await admin(client, owner_url)
        answers = await asyncio.gather(
            patched(client, boss, other, platform_admin=False),
            patched(client, other, boss, platform_admin=False),
        )
        done, refused = sorted(answer.status_code for answer in answers)
        assert done == 200
        assert refused in {401, 403, 404}  # by the token, its age or the right, as the two meet
        owner = await asyncpg.connect(owner_url)
        left = await owner.fetchval("select count(*) from identity_user where platform_admin")
        await owner.close()
        assert left == 1

    async def test_lose_their_rights_at_once(self, client: httpx.AsyncClient, owner_url: str) -> None:
        """A session is believed for two seconds elsewhere; not where it could give the rights back."""
        boss, other, ada = (
            await admin(client, owner_url),
            await admin(client, owner_url),
            await register(client),
        )
        path = f"{USERS}/{other.user_id}"
        assert (await client.get(path, headers=other.headers)).status_code == 200
        answer = await patched(client, boss, other, platform_admin=False, disabled=True)
        assert answer.status_code == 200
        assert (await patched(client, other, ada, platform_admin=True)).status_code == 401
        assert (await patched(client, other, other, platform_admin=True, disabled=False)).status_code == 401
        assert (await client.get(path, headers=other.headers)).status_code == 401
        assert await found(client, boss, "admin=true") == [boss.email]

    async def test_prove_themselves_before_they_change_rights(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        boss, ada = await admin(client, owner_url), await register(client)
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update identity_session set authenticated_at = now() - interval '16 minutes'")
        await owner.close()
        assert code_of(await patched(client, boss, ada, platform_admin=True)) == (403, "reauth_required")


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A deployment that wants a second factor of its administrators."""
    async with (
        serving(msgspec.structs.replace(settings, admin_two_factor=True)) as app,
        client_of(app) as opened,
    ):
        yield opened


class TestASecondFactor:
    async def test_is_all_that_administrators_without_one_may_set_up(
        self, strict: httpx.AsyncClient, owner_url: str
    ) -> None:
        boss, ada = await register(strict), await register(strict)
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update identity_user set platform_admin = true where id = $1", boss.user_id)
        await owner.close()
        boss_again = await sign_in(strict, boss.email)
        headers = {"Authorization": f"Bearer {boss_again['access_token']}"}
        admin = Account(
            headers=headers, user_id=boss.user_id, email=boss.email, password=PASSWORD, refresh_token=""
        )
        assert code_of(await strict.get(PLATFORM, headers=headers)) == (403, "two_factor_required")
        assert (await strict.get("/api/v1/me", headers=headers)).status_code == 200
        assert (await strict.get(PLATFORM, headers=ada.headers)).status_code == 404
        await turn_on(strict, admin)
        assert (await strict.get(PLATFORM, headers=headers)).status_code == 200

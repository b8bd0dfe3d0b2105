"""Someone asks what is kept about them, and leaves."""

from datetime import timedelta

import asyncpg
import httpx
import pytest
from tests.builders import PASSWORD, Account, prove, register, store_of
from tests.drain import drain
from tests.letters import subjects_to

from shoplytics.api import Api
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.identity.service import IdentityService

ME = "/api/v1/me"
CANARY = "Canarysson"
LINK = """
    insert into identity_oidc_link (id, user_id, issuer, subject, created_at, last_used_at)
    values (gen_random_uuid(), $1, 'https://id.example', $2, now(), now())
"""
TABLES = """
    select table_name from information_schema.tables
    where table_schema = 'public' and (table_name ~ '^(identity|tenancy)_' or table_name = 'platform_mail')
"""


async def canary(client: httpx.AsyncClient, owner_url: str) -> Account:
    """Somebody whose name and address stand in as many tables as one gets into."""
    account = await register(
        client, f"{CANARY}@example.com", first_name=CANARY, last_name=CANARY, username=CANARY
    )
    home = {"name": CANARY, "lines": [CANARY], "city": CANARY, "country": "GB"}
    assert (await client.post(f"{ME}/addresses", json=home, headers=account.headers)).status_code == 201
    boss = await register(client)
    store = await store_of(client, boss)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "insert into tenancy_member (store_id, user_id, role, email, name) values ($1, $2, 'staff', $3, $4)",
        store,
        account.user_id,
        account.email,
        CANARY,
    )
    await owner.execute(LINK, account.user_id, CANARY)
    await owner.close()
    path = f"/api/v1/stores/{store}/members/{account.user_id}"
    changed = await client.patch(path, json={"role": "analyst"}, headers=boss.headers)
    assert changed.status_code == 200, changed.text
    return account


async def holding(owner_url: str, text: str) -> list[str]:
    """Tables of identity and tenancy with that text anywhere."""
    owner = await asyncpg.connect(owner_url)
    names = [row["table_name"] for row in await owner.fetch(TABLES)]
    found = [
        name
        for name in names
        if await owner.fetchval(f"select exists (select from {name} t where t::text ilike $1)", f"%{text}%")
    ]
    await owner.close()
    return found


class TestExport:
    async def test_holds_every_row_about_oneself_and_no_secret(
        self, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        ada, eve = await canary(client, owner_url), await register(client, first_name="Eve")
        answer = await client.get(f"{ME}/export", headers=ada.headers)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="shoplytics-')
        tables = answer.json()["tables"]
        for name in ("identity_user", "identity_address", "identity_session", "tenancy_member"):
            assert len(tables[name]) == 1, name
        assert [row["action"] for row in tables["tenancy_audit"]] == ["members.change"]
        assert set(await holding(owner_url, CANARY)) <= set(tables)
        assert eve.email not in answer.text
        for secret in ("argon2", "password", "hash"):
            assert secret not in answer.text


class TestErase:
    async def test_leaves_nothing_personal(self, app: Api, client: httpx.AsyncClient, owner_url: str) -> None:
        ada = await canary(client, owner_url)
        assert await holding(owner_url, CANARY)
        wrong = await client.post(f"{ME}/erase", json={"password": "no"}, headers=ada.headers)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_password")
        answer = await client.post(f"{ME}/erase", json={"password": PASSWORD}, headers=ada.headers)
        assert answer.status_code == 204, answer.text
        await drain(app.parts.infra)
        assert await holding(owner_url, CANARY) == []
        assert await holding(owner_url, ada.email) == []
        await register(client, ada.email)

    @pytest.mark.parametrize("proved", [True, False])
    async def test_touches_only_what_is_kept_under_a_proved_address(
        self, app: Api, client: httpx.AsyncClient, owner_url: str, *, proved: bool
    ) -> None:
        """Whoever registers another's address does not undo what others sent there."""
        boss, ada = await register(client), await register(client)
        store = await store_of(client, boss)
        await prove(owner_url, boss, *([ada] if proved else []))
        form = {"email": ada.email, "role": "staff"}
        asked = await client.post(f"/api/v1/stores/{store}/invitations", json=form, headers=boss.headers)
        assert asked.status_code == 201
        await drain(app.parts.infra)
        owner = await asyncpg.connect(owner_url)
        answer = await client.post(f"{ME}/erase", json={"password": PASSWORD}, headers=ada.headers)
        assert answer.status_code == 204, answer.text
        await drain(app.parts.infra)
        still = "select count(*) from tenancy_invitation where email = $1 and revoked_at is null"
        assert await owner.fetchval(still, ada.email) == (0 if proved else 1)
        mails = "select count(*) from platform_mail where template = 'invitation'"
        assert await owner.fetchval(mails) == (0 if proved else 1)
        await owner.close()

    async def test_waits_until_stores_are_handed_over(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        store = await store_of(client, ada)
        for method, path, body in (("DELETE", ME, None), ("POST", f"{ME}/erase", {"password": PASSWORD})):
            answer = await client.request(method, path, json=body, headers=ada.headers)
            assert (answer.status_code, answer.json()["code"]) == (409, "owns_stores")
        await client.delete(f"/api/v1/stores/{store}", headers=ada.headers)
        assert (await client.delete(ME, headers=ada.headers)).status_code == 204

    async def test_is_not_for_administrators(self, client: httpx.AsyncClient, owner_url: str) -> None:
        boss = await register(client)
        owner = await asyncpg.connect(owner_url)
        await owner.execute("update identity_user set platform_admin = true")
        await owner.close()
        answer = await client.delete(ME, headers=boss.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "platform_admin")


class TestDelete:
    async def test_closes_the_account_at_once(self, client: httpx.AsyncClient, infra: Infra) -> None:
        ada = await register(client)
        assert (await client.delete(ME, headers=ada.headers)).status_code == 204
        form = {"identifier": ada.email, "password": PASSWORD}
        assert (await client.post("/api/v1/auth/login", json=form)).status_code == 401
        refresh = {"refresh_token": ada.refresh_token}
        assert (await client.post("/api/v1/auth/refresh", json=refresh)).status_code == 401
        assert (await subjects_to(infra, ada.email))[-1] == "Your account was closed"

    @pytest.mark.parametrize(("days", "erased"), [(29, False), (31, True)])
    async def test_is_followed_by_erasure_after_thirty_days(
        self, client: httpx.AsyncClient, infra: Infra, owner_url: str, days: int, erased: bool
    ) -> None:
        ada = await register(client)
        await client.delete(ME, headers=ada.headers)
        await erase_due(infra, days)
        assert (await holding(owner_url, ada.email) == []) is erased


async def erase_due(infra: Infra, days: int) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        identity = WITH_WORK["identity"](infra, work)
        assert isinstance(identity, IdentityService)
        await identity.ending.erase_due(now=utc_now() + timedelta(days=days))
        await work.commit()


class TestPreferences:
    async def test_change_one_by_one(self, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        first = (await client.get(ME, headers=ada.headers)).json()["preferences"]
        assert first["locale"] == "en"
        assert all(first["mails"].values())
        for change in ({"locale": "pt-BR"}, {"mails": {"reports": False}}):
            answer = await client.patch(ME, json={"preferences": change}, headers=ada.headers)
            assert answer.status_code == 200, answer.text
        kept = (await client.get(ME, headers=ada.headers)).json()["preferences"]
        assert kept == {"locale": "pt-BR", "mails": {**first["mails"], "reports": False}}

    @pytest.mark.parametrize(
        "bad",
        [
            {"locale": "klingon"},
            {"locale": "xx"},
            {"locale": "en-XX"},
            {"locale": None},
            {"mails": {"password": False}},
            {"mails": {"reports": 1}},
        ],
    )
    async def test_are_refused_when_they_mean_nothing(
        self, client: httpx.AsyncClient, bad: dict[str, object]
    ) -> None:
        ada = await register(client)
        answer = await client.patch(ME, json={"preferences": bad}, headers=ada.headers)
        assert answer.status_code == 400
        assert "regex" not in answer.text

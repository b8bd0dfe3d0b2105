"""People join a store, change places in it and leave."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.apps import client_of, serving
from tests.builders import Account, prove, register, store_of
from tests.drain import drain
from tests.fakes import KeptAudit

from shoplytics.adapters.postgres.mails import PgMailbox
from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.settings import Settings

STORES = "/api/v1/stores"
ACCEPT = "/api/v1/invitations/accept"
LINK = re.compile(r"/console/invitations#token=(\S+)")
EXPECTED_DENIAL = ("denied", "permission:members:change")


async def owner_does(url: str, statement: str, *values: object) -> None:
    owner = await asyncpg.connect(url)
    await owner.execute(statement, *values)
    await owner.close()


async def tokens(infra: Infra) -> list[str]:
    """Those of the mailed links, the newest first."""
    await drain(infra)
    async with infra.database.work(DbRole.SYSTEM) as work:
        box = PgMailbox(work, vault=infra.vault, audit=KeptAudit())
        mails = [
            await box.one(mail.id, actor=SYSTEM)
            for mail in (await box.page(actor=SYSTEM, cursor=None, limit=50)).items
        ]
    found = [LINK.search(mail.text or "") for mail in mails if mail.template == "invitation"]
    return [link[1] for link in found if link]


class Shop:
    """Ada's store."""

    def __init__(self, app: Api, client: httpx.AsyncClient, url: str, ada: Account, store: UUID) -> None:
        self.app = app
        self.client = client
        self.owner_url = url
        self.ada = ada
        self.store = store
        self.path = f"{STORES}/{store}"

    async def verified(self, email: str | None = None) -> Account:
        account = await register(self.client, email)
        await prove(self.owner_url, account)
        return account

    async def invite(self, email: str, role: str = "staff", by: Account | None = None) -> httpx.Response:
        form = {"email": email, "role": role}
        return await self.client.post(f"{self.path}/invitations", json=form, headers=(by or self.ada).headers)

    async def accept(self, who: Account, token: str) -> httpx.Response:
        return await self.client.post(ACCEPT, json={"token": token}, headers=who.headers)

    async def join(self, role: str) -> Account:
        """Somebody new, by the mailed link."""
        account = await self.verified()
        assert (await self.invite(account.email, role)).status_code == 201
        answer = await self.accept(account, (await tokens(self.app.parts.infra))[0])
        assert (answer.status_code, answer.json()["role"]) == (200, role)
        return account

    async def set_role(self, by: Account, whom: Account, role: str) -> httpx.Response:
        path = f"{self.path}/members/{whom.user_id}"
        return await self.client.patch(path, json={"role": role}, headers=by.headers)

    async def remove(self, by: Account, whom: Account) -> httpx.Response:
        return await self.client.delete(f"{self.path}/members/{whom.user_id}", headers=by.headers)

    async def roles(self, by: Account | None = None) -> dict[UUID, str]:
        answer = await self.client.get(f"{self.path}/members", headers=(by or self.ada).headers)
        assert answer.status_code == 200, answer.text
        return {UUID(member["user_id"]): member["role"] for member in answer.json()["items"]}


@pytest.fixture
async def shop(app: Api, client: httpx.AsyncClient, owner_url: str) -> Shop:
    ada = await register(client, first_name="Ada")
    await prove(owner_url, ada)
    return Shop(app, client, owner_url, ada, await store_of(client, ada, name="Tea"))


class TestAnInvitation:
    async def test_lets_in_whoever_proved_the_address_once(self, shop: Shop) -> None:
        bola = await shop.join("staff")
        assert await shop.roles(bola) == {shop.ada.user_id: "owner", bola.user_id: "staff"}
        (token,) = await tokens(shop.app.parts.infra)
        again = await shop.accept(bola, token)
        assert (again.status_code, again.json()["code"]) == (404, "invitation_unknown")

    async def test_is_used_by_one_of_many_at_once(self, shop: Shop) -> None:
        bola = await shop.verified()
        await shop.invite(bola.email)
        (token,) = await tokens(shop.app.parts.infra)
        answers = await asyncio.gather(*(shop.accept(bola, token) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7

    async def test_answers_the_same_whether_there_is_an_account(self, shop: Shop) -> None:
        known = await register(shop.client)
        answers = [await shop.invite(email) for email in (known.email, "nobody-yet@example.com")]
        bodies = [answer.json() for answer in answers]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert bodies[0].keys() == bodies[1].keys()
        assert "token" not in str(bodies)

    async def test_is_not_for_whoever_works_there(self, shop: Shop) -> None:
        mia = await shop.join("staff")
        for email in (shop.ada.email, mia.email.upper()):
            refused = await shop.invite(email)
            assert (refused.status_code, refused.json()["code"]) == (409, "already_member")

    async def test_is_for_its_address_alone(self, shop: Shop) -> None:
        bola, eve = await shop.verified(), await shop.verified()
        await shop.invite(bola.email)
        (token,) = await tokens(shop.app.parts.infra)
        stranger = await shop.accept(eve, token)
        unknown = await shop.accept(eve, "x")
        assert stranger.status_code == unknown.status_code == 404
        assert stranger.json()["detail"] == unknown.json()["detail"]
        mine = await shop.client.get("/api/v1/me/invitations", headers=bola.headers)
        assert [one["store_name"] for one in mine.json()["items"]] == ["Tea"]
        others = await shop.client.get("/api/v1/me/invitations", headers=eve.headers)
        assert others.json()["items"] == []
        assert (await shop.accept(bola, token)).status_code == 200

    async def test_waits_until_the_address_is_verified(self, shop: Shop) -> None:
        bola = await register(shop.client)
        await shop.invite(bola.email)
        (token,) = await tokens(shop.app.parts.infra)
        assert (await shop.accept(bola, token)).status_code == 404
        verify = "update identity_user set email_verified_at = now() where id = $1"
        await owner_does(shop.owner_url, verify, bola.user_id)
        assert (await shop.accept(bola, token)).status_code == 200

    @pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
    async def test_ends(self, shop: Shop, end: str) -> None:
        bola = await shop.verified()
        await shop.invite(bola.email)
        (token,) = await tokens(shop.app.parts.infra)
        await owner_does(shop.owner_url, f"update tenancy_invitation set {end}")
        assert (await shop.accept(bola, token)).status_code == 404

    async def test_sent_again_makes_the_former_link_void(self, shop: Shop) -> None:
        bola = await shop.verified()
        invited = (await shop.invite(bola.email)).json()
        (old,) = await tokens(shop.app.parts.infra)
        again = f"{shop.path}/invitations/{invited['id']}/resend"
        early = await shop.client.post(again, headers=shop.ada.headers)
        assert (early.status_code, early.json()["code"]) == (429, "sent_lately")
        assert 0 < int(early.headers["Retry-After"]) <= 60
        back = "update tenancy_invitation set sent_at = sent_at - interval '61 seconds'"
        await owner_does(shop.owner_url, back)
        assert (await shop.client.post(again, headers=shop.ada.headers)).status_code == 202
        newest = await tokens(shop.app.parts.infra)
        assert len(newest) == 2
        assert (await shop.accept(bola, old)).status_code == 404
        assert (await shop.accept(bola, newest[0])).status_code == 200

    async def test_can_be_taken_back(self, shop: Shop) -> None:
        bola = await shop.verified()
        invited = (await shop.invite(bola.email)).json()
        (token,) = await tokens(shop.app.parts.infra)
        path = f"{shop.path}/invitations"
        assert (
            await shop.client.delete(f"{path}/{invited['id']}", headers=shop.ada.headers)
        ).status_code == 204
        assert (await shop.client.get(path, headers=shop.ada.headers)).json()["items"] == []
        assert (await shop.accept(bola, token)).status_code == 404

    async def test_is_nowhere_in_clear(self, shop: Shop) -> None:
        await shop.invite("bola@example.com")
        (token,) = await tokens(shop.app.parts.infra)
        owner = await asyncpg.connect(shop.owner_url)
        for table in ("platform_outbox", "platform_mail", "tenancy_invitation", "tenancy_audit"):
            rows = await owner.fetch(f"select t::text from {table} t")
            assert all(token not in row[0] for row in rows), table
        await owner.close()

    async def test_gives_no_role_above_the_inviters(self, shop: Shop) -> None:
        mia = await shop.join("manager")
        refused = await shop.invite("x@example.com", "owner", by=mia)
        assert (refused.status_code, refused.json()["code"]) == (403, "above_own_role")
        assert (await shop.invite("x@example.com", "manager", by=mia)).status_code == 201

    async def test_dies_with_the_inviters_right(self, shop: Shop) -> None:
        mia, bola = await shop.join("manager"), await shop.verified()
        await shop.invite(bola.email, "manager", by=mia)
        token = (await tokens(shop.app.parts.infra))[0]
        assert (await shop.set_role(shop.ada, mia, "staff")).status_code == 200
        assert (await shop.accept(bola, token)).status_code == 404


class TestRoles:
    async def test_are_given_up_to_ones_own(self, shop: Shop) -> None:
        mia, sam = await shop.join("manager"), await shop.join("staff")
        for by, whom, role, status in (
            (mia, sam, "analyst", 200),
            (mia, sam, "manager", 200),
            (mia, sam, "owner", 403),
            (mia, mia, "owner", 403),
            (mia, shop.ada, "staff", 403),
            (shop.ada, sam, "owner", 200),
            (shop.ada, sam, "staff", 200),
            (sam, mia, "analyst", 403),
        ):
            answer = await shop.set_role(by, whom, role)
            assert answer.status_code == status, (role, answer.text)
        assert await shop.roles() == {
            shop.ada.user_id: "owner",
            mia.user_id: "manager",
            sam.user_id: "staff",
        }
        assert (await shop.remove(mia, shop.ada)).status_code == 403
        assert (await shop.remove(sam, mia)).status_code == 403
        assert (await shop.remove(mia, sam)).status_code == 204

    async def test_refusals_are_written_down_once_a_minute(self, shop: Shop) -> None:
        sam = await shop.join("staff")
        for _ in range(3):
            assert (await shop.set_role(sam, shop.ada, "staff")).status_code == 403
        answer = await shop.client.get(
            f"{shop.path}/audit-log", params={"action": "denied"}, headers=shop.ada.headers
        )
        (row,) = answer.json()["items"]
        assert (row["action"], row["target"]) == EXPECTED_DENIAL
        assert row["actor"] == f"user:{sam.user_id}"

    async def test_never_come_from_another_body(self, shop: Shop) -> None:
        """S1 made whoever asked for it an administrator."""
        form = {"email": "eve@example.com", "password": "seven grey herons on a wire"}
        for extra in ({"role": "owner"}, {"platform_admin": True}, {"is_admin": True}):
            answer = await shop.client.post("/api/v1/auth/register", json=form | extra)
            assert answer.status_code == 400, extra
        bola = await shop.verified()
        await shop.invite(bola.email, "analyst")
        (token,) = await tokens(shop.app.parts.infra)
        body = {"token": token, "role": "owner"}
        assert (await shop.client.post(ACCEPT, json=body, headers=bola.headers)).status_code == 400
        assert (await shop.accept(bola, token)).json()["role"] == "analyst"

    async def test_leave_an_owner_whatever_happens_at_once(self, shop: Shop) -> None:
        ben = await shop.join("owner")
        answers = await asyncio.gather(
            shop.remove(shop.ada, shop.ada),
            shop.remove(ben, ben),
            shop.set_role(shop.ada, ben, "staff"),
            shop.set_role(ben, shop.ada, "staff"),
        )
        assert all(answer.status_code in {200, 204, 403, 404, 409} for answer in answers)
        owner = await asyncpg.connect(shop.owner_url)
        left = await owner.fetch("select user_id from tenancy_member where role = 'owner'")
        leader = await owner.fetchval("select owner_id from tenancy_store")
        await owner.close()
        assert [row[0] for row in left] == [leader]

    async def test_the_last_owner_stays(self, shop: Shop) -> None:
        for answer in (
            await shop.remove(shop.ada, shop.ada),
            await shop.set_role(shop.ada, shop.ada, "staff"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")

    async def test_ownership_is_handed_over(self, shop: Shop) -> None:
        mia = await shop.join("manager")
        path, form = f"{shop.path}/ownership", {"user_id": str(mia.user_id)}
        assert (await shop.client.post(path, json=form, headers=mia.headers)).status_code == 403
        assert (await shop.client.post(path, json=form, headers=shop.ada.headers)).json()["role"] == "owner"
        assert await shop.roles(mia) == {shop.ada.user_id: "manager", mia.user_id: "owner"}
        assert (await shop.client.delete(shop.path, headers=mia.headers)).status_code == 204
        assert (await shop.client.post(f"{shop.path}/restore", headers=mia.headers)).status_code == 200

    async def test_ownership_stays_with_somebody_who_is_there(self, shop: Shop) -> None:
        """An owner who closed the account is none, and nobody who did becomes one."""
        mia, max_ = await shop.join("owner"), await shop.join("manager")
        for gone in (mia, max_):
            assert (await shop.client.delete("/api/v1/me", headers=gone.headers)).status_code == 204
        left = await shop.remove(shop.ada, shop.ada)
        assert (left.status_code, left.json()["code"]) == (409, "last_owner")
        path = f"{shop.path}/ownership"
        for gone in (mia, max_):
            form = {"user_id": str(gone.user_id)}
            refused = await shop.client.post(path, json=form, headers=shop.ada.headers)
            assert (refused.status_code, refused.json()["code"]) == (409, "account_closed")
        raised = await shop.set_role(shop.ada, max_, "owner")
        assert (raised.status_code, raised.json()["code"]) == (409, "account_closed")

    async def test_ownership_is_not_handed_to_an_account_that_closes_meanwhile(self, shop: Shop) -> None:
        mia = await shop.join("manager")
        form = {"user_id": str(mia.user_id)}
        handed, closed = await asyncio.gather(
            shop.client.post(f"{shop.path}/ownership", json=form, headers=shop.ada.headers),
            shop.client.delete("/api/v1/me", headers=mia.headers),
        )
        assert (handed.status_code, closed.status_code) in {(200, 409), (409, 204)}

    async def test_everybody_may_leave(self, shop: Shop) -> None:
        sam = await shop.join("analyst")
        assert (await shop.remove(sam, sam)).status_code == 204
        assert sam.user_id not in await shop.roles()


async def within(seconds: float, ask: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it comes true in time."""
    for _ in range(25):
        if await ask():
            return True
        await asyncio.sleep(seconds / 25)
    return False


class TestInAnotherProcess:
    @pytest.mark.parametrize("change", ["lowered", "removed"])
    async def test_a_lost_role_is_noticed_within_five_seconds(
        self, shop: Shop, settings: Settings, change: str
    ) -> None:
        mia = await shop.join("manager")
        async with serving(settings) as other, client_of(other) as there:
            path = f"{shop.path}/audit-log"
            assert (await there.get(path, headers=mia.headers)).status_code == 200
            if change == "lowered":
                await shop.set_role(shop.ada, mia, "staff")
            else:
                await shop.remove(shop.ada, mia)
            expected = 403 if change == "lowered" else 404

            async def refused() -> bool:
                return (await there.get(path, headers=mia.headers)).status_code == expected

            assert await within(5, refused)

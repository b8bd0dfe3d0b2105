"""The mailbox: who may look into it, and what is to be seen."""

from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from shoplytics.api import Api, create_app
from shoplytics.console.mailbox import code_in
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.letters import AddressTaken
from shoplytics.settings import Settings
from tests.builders import PASSWORD, Account, register
from tests.console.visitor import Visitor, make_admin
from tests.drain import drain

MAILBOX = "/console/mailbox"
LETTER = AddressTaken(
    name="<b>Ada</b>", when=datetime(2026, 11, 27, tzinfo=UTC), link="https://shop.example/reset"
)


async def write(app: Api, to: str = "ada@example.com") -> None:
    infra = app.parts.infra
    async with infra.database.work(DbRole.SYSTEM) as work:
        await infra.mails(work).add(LETTER, to=to, cause=new_id())
        await work.commit()
    await drain(infra)


async def admin(client: httpx.AsyncClient, owner_url: str) -> Account:
    account = await register(client)
    await make_admin(owner_url, account.email)
    return account


class TestAtHome:
    @pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
    async def test_is_open_to_who_sits_at_the_machine(self, app: Api, base: str) -> None:
        await write(app)
        page = await Visitor(app, base=base).get(MAILBOX)
        assert page.status_code == 200
        assert "ada@example.com" in page.text

    @pytest.mark.parametrize(
        "visit",
        [
            {"base": "http://evil.example:8000"},
            {"base": "http://127.0.0.1.evil.example"},
            {"peer": "192.0.2.7"},
            {"X-Forwarded-For": "127.0.0.1"},
            {"Via": "1.1 proxy"},
        ],
        ids=repr,
    )
    async def test_is_closed_to_whoever_may_come_from_elsewhere(
        self, app: Api, visit: dict[str, str]
    ) -> None:
        await write(app)
        page = await Visitor(app, **visit).get(MAILBOX)
        assert page.status_code == 303
        assert "ada@example.com" not in page.text

    @pytest.mark.parametrize(
        "change",
        [
            {"host": "0.0.0.0"},  # noqa: S104 - what must not be open
            {"public_url": "https://shop.example"},
            {"mail_url": "smtp://127.0.0.1:1"},
        ],
        ids=repr,
    )
    async def test_is_closed_where_the_shop_is_for_real(
        self, settings: Settings, change: dict[str, str]
    ) -> None:
        app = create_app(msgspec.structs.replace(settings, **change))
        async with app.lifespan():
            assert (await Visitor(app).get(MAILBOX)).status_code == 303

    async def test_is_not_open_as_an_api(self, app: Api) -> None:
        assert (await Visitor(app).get("/api/v1/admin/mailbox")).status_code == 401


class TestMailbox:
    async def test_is_for_platform_admins(self, app: Api, client: httpx.AsyncClient, owner_url: str) -> None:
        await write(app)
        for account, code in ((await register(client), 404), (await admin(client, owner_url), 200)):
            visitor = Visitor(app, peer="192.0.2.7")
            await visitor.sign_in(account.email, PASSWORD)
            page = await visitor.get(MAILBOX)
            assert page.status_code == code
            assert ("ada@example.com" in page.text) is (code == 200)
            answer = await client.get("/api/v1/admin/mailbox", headers=account.headers)
            assert answer.status_code == code

    async def test_shows_a_mail_and_lets_it_do_nothing(self, app: Api) -> None:
        await write(app)
        visitor = Visitor(app)
        listed = (await visitor.get(MAILBOX)).text
        path = next(part for part in listed.split('"') if part.startswith(f"{MAILBOX}/"))
        page = await visitor.get(path)
        assert "You already have an account" in page.text
        assert "<b>Ada" not in page.text
        assert '<a href="https://shop.example/reset"' in page.text
        assert f'src="{path}/html"' in page.text
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
        framed = await visitor.get(f"{path}/html")
        policy = framed.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-popups" in policy
        assert "allow-scripts" not in policy
        assert "frame-ancestors 'self'" in policy
        assert "<b>Ada" not in framed.text

    async def test_is_not_read_without_a_trace(
        self, app: Api, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        account = await admin(client, owner_url)
        visitor = Visitor(app, peer="192.0.2.7")
        await visitor.sign_in(account.email, PASSWORD)
        await drain(app.parts.infra)
        listed = (await client.get("/api/v1/admin/mailbox", headers=account.headers)).json()
        mail = listed["items"][0]["id"]
        await client.get(f"/api/v1/admin/mailbox/{mail}", headers=account.headers)
        for page in ("", f"/{mail}", f"/{mail}/html"):
            assert (await visitor.get(f"{MAILBOX}{page}")).status_code == 200
        log = await client.get("/api/v1/admin/audit-log", headers=account.headers)
        rows = [(row["action"], row["target"]) for row in reversed(log.json()["items"])]
        seen, read = ("mailbox.list", "mailbox"), ("mailbox.read", f"mail:{mail}")
        assert rows == [seen, read, seen, read, read]
        assert {row["actor"] for row in log.json()["items"]} == {f"user:{account.user_id}"}

    async def test_goes_on_page_by_page(self, app: Api, client: httpx.AsyncClient, owner_url: str) -> None:
        account = await admin(client, owner_url)
        await drain(app.parts.infra)
        for number in range(3):
            await write(app, f"user-{number}@example.com")
        path = "/api/v1/admin/mailbox"
        first = (await client.get(path, params={"limit": "2"}, headers=account.headers)).json()
        assert [mail["to"] for mail in first["items"]] == ["user-2@example.com", "user-1@example.com"]
        assert first["items"][0]["subject"] == "You already have an account at Shoplytics"
        assert "text" not in first["items"][0]
        assert "html" not in first["items"][0]
        follow = {"limit": "2", "cursor": first["next_cursor"]}
        rest = (await client.get(path, params=follow, headers=account.headers)).json()
        assert rest["items"][0]["to"] == "user-0@example.com"
        one = await client.get(f"{path}/{rest['items'][0]['id']}", headers=account.headers)
        assert one.json()["status"] == "kept"
        assert "somebody" in one.json()["text"]
        assert one.json()["html"].lstrip().startswith("<!doctype html>")
        missing = await client.get(f"{path}/{new_id()}", headers=account.headers)
        assert missing.status_code == 404


class TestCodeIn:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("482913 is your code", "482913"),
            ("Your code: 000001.", "000001"),
            ("Order 4829137", None),
            ("https://shop.example/482913", None),
            ("Order #482913", None),
            (None, None),
        ],
    )
    def test_finds_six_digits_that_stand_alone(self, text: str | None, code: str | None) -> None:
        assert code_in(text) == code

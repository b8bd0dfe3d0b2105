"""Pages as a browser sees them: who is let in, and what a form has to bring."""

import re
from datetime import timedelta

import asyncpg
import httpx
import msgspec
import pytest

from shoplytics.api import Api, create_app
from shoplytics.console.browser import Browser
from shoplytics.kernel.errors import Forbidden, UnsupportedMedia
from shoplytics.settings import Settings
from tests.builders import PASSWORD, register, sign_in
from tests.console.visitor import Visitor, make_admin

SIGNED_IN = "/console"


async def admin(app: Api, client: httpx.AsyncClient, owner_url: str) -> Visitor:
    account = await register(client)
    await make_admin(owner_url, account.email)
    visitor = Visitor(app)
    assert (await visitor.sign_in(account.email, PASSWORD)).status_code == 303
    return visitor


class TestPages:
    @pytest.mark.parametrize("host", ["[", "[::1", "a b", "127.0.0.1:99999999"])
    async def test_take_a_host_that_is_none_for_a_stranger(self, app: Api, host: str) -> None:
        for path in ("/console/mailbox", "/"):
            assert (await Visitor(app).get(path, Host=host)).status_code in {200, 303, 400, 401, 403, 404}

    @pytest.mark.parametrize("path", ["/", "/console/sign-in"])
    async def test_need_nothing_from_elsewhere(self, app: Api, path: str) -> None:
        page = await Visitor(app).get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "<script" not in page.text
        assert " style=" not in page.text
        for asset in re.findall(r'(?:src|href|action)="([^"]+)"', page.text):
            assert asset.startswith(("/", "data:image/svg+xml,"))
        assert (await Visitor(app).get("/console/style.css")).headers["content-type"].startswith("text/css")

    async def test_lead_on_to_pages_that_are_there(self, app: Api) -> None:
        visitor = Visitor(app)
        links = re.findall(r'href="(/[^"]*)"', (await visitor.get("/")).text)
        assert {"/docs", "/docs/redoc", "/console", "/console/mailbox", "/health/ready"} <= set(links)
        for link in links:
            assert (await visitor.get(link)).status_code in {200, 303}

    async def test_tell_people_that_there_is_none_and_programs_too(self, app: Api) -> None:
        visitor = Visitor(app)
        browser = "text/html,application/xhtml+xml,*/*;q=0.8"
        page = await visitor.get("/nothing", Accept=browser)
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "Not found" in page.text
        assert 'href="/docs"' in page.text
        assert "set-cookie" not in page.headers
        for path, accept in (("/nothing", "*/*"), ("/api/v1/nothing", browser)):
            answer = await visitor.get(path, Accept=accept)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")

    async def test_say_no_as_pages(self, app: Api, client: httpx.AsyncClient, owner_url: str) -> None:
        visitor = await admin(app, client, owner_url)
        missing = await visitor.get("/console/mailbox/0199f0a4-8d5e-7c3a-9f51-6d1f6e0c7a11")
        assert missing.status_code == 404
        assert "<h1>Not Found</h1>" in missing.text


class TestSignIn:
    async def test_opens_a_session_by_a_cookie_scripts_cannot_read(
        self, app: Api, client: httpx.AsyncClient
    ) -> None:
        account = await register(client)
        visitor = Visitor(app)
        answer = await visitor.sign_in(account.email, PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("shoplytics="))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Max-Age=43200" in cookie
        assert (await visitor.get(SIGNED_IN)).status_code == 200

    async def test_is_asked_for_and_leads_back(self, app: Api, client: httpx.AsyncClient) -> None:
        account = await register(client)
        visitor = Visitor(app)
        sent = await visitor.get("/console")
        assert (sent.status_code, sent.headers["location"]) == (303, "/console/sign-in?next=/console")
        there = "/console/sign-in?next=/console/mailbox"
        fields = {"identifier": account.email, "password": PASSWORD}
        answer = await visitor.send(there, "/console/sign-in", **fields)
        assert answer.headers["location"] == "/console/mailbox"

    @pytest.mark.parametrize(
        "wanted", ["https://evil.example", "//evil.example", "/console/../x", "/\\evil.example", "/docs"]
    )
    async def test_leads_nowhere_else(self, app: Api, client: httpx.AsyncClient, wanted: str) -> None:
        account = await register(client)
        fields = {"identifier": account.email, "password": PASSWORD, "next": wanted}
        answer = await Visitor(app).send("/console/sign-in", "/console/sign-in", **fields)
        assert answer.headers["location"] == "/console"

    async def test_answers_alike_whether_there_is_an_account(
        self, app: Api, client: httpx.AsyncClient
    ) -> None:
        account = await register(client)
        known = await Visitor(app).sign_in(account.email, "not the right one")
        unknown = await Visitor(app).sign_in("nobody@example.com", "not the right one")
        assert known.status_code == unknown.status_code == 401

        def words(page: httpx.Response) -> str:
            return re.sub(r'value="[^"]*"', "", page.text)

        assert words(known) == words(unknown)
        assert known.headers.keys() == unknown.headers.keys()

    async def test_counts_with_signing_in_for_tokens(self, app: Api, client: httpx.AsyncClient) -> None:
        account = await register(client)
        visitor = Visitor(app, peer="203.0.113.9")
        codes = [(await visitor.sign_in(account.email, "not the right one")).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        refused = await visitor.sign_in(account.email, PASSWORD)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0

    async def test_wants_a_name_and_shows_it_again_escaped(self, app: Api) -> None:
        answer = await Visitor(app).sign_in('"><script>alert(1)</script>', "x")
        assert answer.status_code in {400, 401}
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text

    async def test_uses_a_cookie_of_this_host_alone_over_https(self, settings: Settings) -> None:
        """`__Host-` is taken by browsers only with Secure, Path=/ and without a domain."""
        secure = msgspec.structs.replace(settings, public_url="https://shop.example")
        cookie = Browser(secure).session_cookie("key").to_header(header="")
        assert cookie.strip().startswith("__Host-shoplytics=key")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


class TestSession:
    async def test_is_listed_and_ends_like_others(self, app: Api, client: httpx.AsyncClient) -> None:
        account = await register(client)
        visitor = Visitor(app, **{"User-Agent": "A browser"})
        await visitor.sign_in(account.email, PASSWORD)
        listed = (await client.get("/api/v1/me/sessions", headers=account.headers)).json()["items"]
        [mine] = [session for session in listed if session["user_agent"] == "A browser"]
        await client.delete(f"/api/v1/me/sessions/{mine['id']}", headers=account.headers)
        assert (await visitor.get(SIGNED_IN)).status_code == 303

    async def test_ends_with_signing_out(self, app: Api, client: httpx.AsyncClient) -> None:
        account = await register(client)
        visitor = Visitor(app)
        await visitor.sign_in(account.email, PASSWORD)
        kept = visitor.cookie("shoplytics")
        answer = await visitor.send("/console", "/console/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
        visitor.client.cookies.set("shoplytics", str(kept), domain="127.0.0.1")
        assert (await visitor.get(SIGNED_IN)).status_code == 303

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ("last_used_at = now() - interval '29 minutes'", 200),
            ("last_used_at = now() - interval '31 minutes'", 303),
            ("expires_at = now() - interval '1 second'", 303),
        ],
    )
    async def test_ends_when_idle_and_in_any_case(
        self, app: Api, client: httpx.AsyncClient, owner_url: str, change: str, code: int
    ) -> None:
        account = await register(client)
        visitor = Visitor(app)
        await visitor.sign_in(account.email, PASSWORD)
        owner = await asyncpg.connect(owner_url)
        life = await owner.fetchrow("select expires_at - created_at as most from identity_cookie")
        assert life is not None
        assert life["most"] == timedelta(hours=12)
        await owner.execute(f"update identity_cookie set {change}")
        assert (await visitor.get(SIGNED_IN)).status_code == code
        if code == 200:
            assert await owner.fetchval(
                "select last_used_at > now() - interval '1 minute' from identity_cookie"
            )
        await owner.close()

    @pytest.mark.parametrize(
        "change",
        ["disabled_at = now()", "deleted_at = now()", "token_epoch = token_epoch + 1"],
    )
    async def test_ends_with_its_user(
        self, app: Api, client: httpx.AsyncClient, owner_url: str, change: str
    ) -> None:
        account = await register(client)
        visitor = Visitor(app)
        await visitor.sign_in(account.email, PASSWORD)
        owner = await asyncpg.connect(owner_url)
        await owner.execute(f"update identity_user set {change}")
        await owner.close()
        assert (await visitor.get(SIGNED_IN)).status_code == 303

    async def test_is_kept_as_a_digest(self, app: Api, client: httpx.AsyncClient, owner_url: str) -> None:
        account = await register(client)
        visitor = Visitor(app)
        await visitor.sign_in(account.email, PASSWORD)
        owner = await asyncpg.connect(owner_url)
        kept = str(await owner.fetch("select * from identity_cookie"))
        await owner.close()
        assert str(visitor.cookie("shoplytics")) not in kept

    async def test_opens_no_route_of_the_api(self, app: Api, client: httpx.AsyncClient) -> None:
        """Or the pages of other sites could call it."""
        account = await register(client)
        visitor = Visitor(app)
        await visitor.sign_in(account.email, PASSWORD)
        assert (await visitor.get("/api/v1/me")).status_code == 401

    async def test_is_not_opened_by_a_token(self, app: Api, client: httpx.AsyncClient) -> None:
        account = await register(client)
        pair = await sign_in(client, account.email)
        token = f"Bearer {pair['access_token']}"
        assert (await Visitor(app).get(SIGNED_IN, Authorization=token)).status_code == 303


class TestForm:
    @pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:9000"])
    async def test_is_refused_from_another_page(
        self, app: Api, client: httpx.AsyncClient, origin: str | None
    ) -> None:
        account = await register(client)
        fields = {"identifier": account.email, "password": PASSWORD}
        answer = await Visitor(app).send("/console/sign-in", "/console/sign-in", origin=origin, **fields)
        assert answer.status_code == 403
        assert "shoplytics=" not in answer.headers.get("set-cookie", "")

    @pytest.mark.parametrize("token", ["", "0" * 64, "é"])
    async def test_is_refused_without_its_token(
        self, app: Api, client: httpx.AsyncClient, token: str
    ) -> None:
        account = await register(client)
        fields = {"identifier": account.email, "password": PASSWORD, "form_token": token}
        answer = await Visitor(app).send("/console/sign-in", "/console/sign-in", **fields)
        assert answer.status_code == 403

    async def test_is_refused_with_the_token_of_another_browser(self, app: Api) -> None:
        other = re.search(r'form_token" value="(\w+)"', (await Visitor(app).get("/console/sign-in")).text)
        assert other is not None
        answer = await Visitor(app).send("/console/sign-in", "/console/sign-in", form_token=other[1])
        assert answer.status_code == 403

    async def test_is_taken_from_the_public_address_behind_a_proxy(self, settings: Settings) -> None:
        browser = Browser(msgspec.structs.replace(settings, public_url="https://shop.example"))
        token, cookie = browser.form([])
        headers = [
            (b"host", b"10.0.0.7:8000"),
            (b"cookie", f"__Host-shoplytics-form={cookie.value}".encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ]
        body = f"form_token={token}&a=b".encode()
        assert browser.read([*headers, (b"origin", b"https://shop.example")], body) == {"a": "b"}
        for origin in (b"http://shop.example", b"https://10.0.0.7:8000", b"http://10.0.0.7:8000"):
            with pytest.raises(Forbidden):
                browser.read([*headers, (b"origin", origin)], body)

    async def test_is_a_form_and_not_json(self, settings: Settings) -> None:
        with pytest.raises(UnsupportedMedia):
            Browser(settings).read([(b"content-type", b"application/json")], b"{}")


class TestLimits:
    async def test_of_signing_in_hold_here_too(self, settings: Settings) -> None:
        app = create_app(msgspec.structs.replace(settings, rate_limits=True))
        async with app.lifespan():
            visitor = Visitor(app, peer="198.51.100.77")
            answer = await visitor.send("/console/sign-in", "/console/sign-in", origin="null")
            assert answer.headers["ratelimit-limit"] == "60"

"""A person shows a face and a store its logo; the world sees these pictures and nothing else that is kept."""

import asyncio
from collections.abc import MutableMapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from PIL import Image
from tests.apps import client_of, serving
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.pictures import chunks_of, picture

from shoplytics.api import Api
from shoplytics.bootstrap import open_infra
from shoplytics.settings import Settings

AVATAR = "/api/v1/me/avatar"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
AUDITED = "select actor, action, before ->> 'logo_url', after ->> 'logo_url' from tenancy_audit order by id"


async def send(
    client: httpx.AsyncClient, who: Account, path: str, content: bytes, name: str = "me.png"
) -> httpx.Response:
    return await client.put(path, files={"file": (name, content, "image/png")}, headers=who.headers)


async def job_of(client: httpx.AsyncClient, who: Account, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    told = await client.get(f"/api/v1/jobs/{answer.json()['job_id']}", headers=who.headers)
    assert told.status_code == 200, told.text
    job: dict[str, Any] = told.json()
    return job


async def avatar_of(client: httpx.AsyncClient, who: Account) -> str | None:
    url: str | None = (await client.get("/api/v1/me", headers=who.headers)).json()["avatar_url"]
    return url


def path_of(settings: Settings, url: str | None) -> str:
    assert url is not None
    assert url.startswith(f"{settings.public_url}/media/avatars/")
    return url.removeprefix(settings.public_url)


def objects(settings: Settings) -> set[str]:
    root = settings.home / "objects"
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def damaged() -> bytes:
    whole = BytesIO()
    Image.effect_noise((300, 300), 80).save(whole, "PNG")
    return whole.getvalue()[:5000]


class TestAvatar:
    async def test_is_shown_once_a_worker_made_it(
        self, app: Api, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        ada = await register(client)
        assert await avatar_of(client, ada) is None
        answer = await send(client, ada, AVATAR, picture("JPEG", (900, 600)))
        assert (await job_of(client, ada, answer))["status"] == "queued"
        await drain(app.parts.infra)
        url = await avatar_of(client, ada)
        job = await job_of(client, ada, answer)
        assert (job["kind"], job["status"], job["result"]) == (
            "identity.set-avatar",
            "succeeded",
            {"url": url},
        )
        shown = await client.get(path_of(settings, url))
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert Image.open(BytesIO(shown.content)).size == (256, 171)
        assert len(objects(settings)) == 1

    async def test_has_a_new_address_for_each_picture(
        self, app: Api, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        ada = await register(client)
        paths = []
        for _ in range(2):
            await send(client, ada, AVATAR, picture())
            await drain(app.parts.infra)
            paths.append(path_of(settings, await avatar_of(client, ada)))
        assert paths[0] != paths[1]
        assert [(await client.get(path)).status_code for path in paths] == [404, 200]
        assert len(objects(settings)) == 1

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (HTML, 400, "unsupported_picture"),
            (SVG, 400, "unsupported_picture"),
            (b"", 400, "unsupported_picture"),
            (picture("BMP"), 400, "unsupported_picture"),
            (picture() + bytes(5 * 1024 * 1024), 413, "too_large"),
        ],
    )
    async def test_refuses_what_is_no_picture_whatever_it_is_called(
        self, client: httpx.AsyncClient, settings: Settings, content: bytes, status: int, code: str
    ) -> None:
        ada = await register(client)
        answer = await send(client, ada, AVATAR, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert objects(settings) == set()

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (damaged(), "undecodable_picture"),
            (b"\x89PNG\r\n\x1a\n" + HTML, "undecodable_picture"),
            (picture("GIF", (8000, 5001), mode="L"), "oversized_picture"),
        ],
    )
    async def test_keeps_the_former_when_the_new_one_is_bad(
        self, app: Api, client: httpx.AsyncClient, settings: Settings, content: bytes, code: str
    ) -> None:
        ada = await register(client)
        await send(client, ada, AVATAR, picture())
        await drain(app.parts.infra)
        former = await avatar_of(client, ada)
        answer = await send(client, ada, AVATAR, content)
        await drain(app.parts.infra)
        job = await job_of(client, ada, answer)
        assert (job["status"], job["error"]["code"]) == ("failed", code)
        assert await avatar_of(client, ada) == former
        assert (await client.get(path_of(settings, former))).status_code == 200
        assert len(objects(settings)) == 1

    async def test_is_removed_with_one_that_is_on_its_way(
        self, app: Api, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        ada = await register(client)
        await send(client, ada, AVATAR, picture())
        await drain(app.parts.infra)
        path = path_of(settings, await avatar_of(client, ada))
        waiting = await send(client, ada, AVATAR, picture())
        for _ in range(2):
            gone = await client.delete(AVATAR, headers=ada.headers)
            assert gone.status_code == 204, gone.text
        await drain(app.parts.infra)
        assert await avatar_of(client, ada) is None
        assert (await job_of(client, ada, waiting))["status"] == "cancelled"
        assert (await client.get(path)).status_code == 404

    async def test_is_the_last_one_sent(self, app: Api, client: httpx.AsyncClient) -> None:
        ada = await register(client)
        first, last = [await send(client, ada, AVATAR, picture()) for _ in range(2)]
        await drain(app.parts.infra)
        assert (await job_of(client, ada, first))["status"] == "cancelled"
        assert (await job_of(client, ada, last))["result"] == {"url": await avatar_of(client, ada)}

    async def test_wants_a_signed_in_user(self, client: httpx.AsyncClient) -> None:
        answer = await client.put(AVATAR, files={"file": ("me.png", picture())})
        assert answer.status_code == 401
        assert (await client.delete(AVATAR)).status_code == 401


class TestLogo:
    async def test_is_shown_to_all_and_audited(
        self, app: Api, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        ada = await register(client)
        store = await store_of(client, ada)
        path = f"/api/v1/stores/{store}/logo"
        answer = await send(client, ada, path, picture("WEBP", (1024, 1024)))
        await drain(app.parts.infra)
        assert (await job_of(client, ada, answer))["status"] == "succeeded"
        (mine,) = (await client.get("/api/v1/me/stores", headers=ada.headers)).json()["items"]
        profile = (await client.get(f"/api/v1/stores/{store}")).json()
        (listed,) = (await client.get("/api/v1/stores")).json()["items"]
        url = mine["logo_url"]
        assert url
        assert [profile["logo_url"], listed["logo_url"]] == [url, url]
        shown = await client.get(httpx.URL(url).path)
        assert Image.open(BytesIO(shown.content)).size == (512, 512)
        assert (await client.delete(path, headers=ada.headers)).status_code == 204
        await drain(app.parts.infra)
        assert (await client.get(f"/api/v1/stores/{store}")).json()["logo_url"] is None
        assert (await client.get(httpx.URL(url).path)).status_code == 404
        owner = await asyncpg.connect(owner_url)
        rows = [tuple(row) for row in await owner.fetch(AUDITED)]
        await owner.close()
        who = f"user:{ada.user_id}"
        assert rows[1:] == [(who, "stores.set-logo", None, url), (who, "stores.remove-logo", url, None)]

    async def test_is_not_for_strangers(self, client: httpx.AsyncClient) -> None:
        ada, eve = await register(client), await register(client)
        path = f"/api/v1/stores/{await store_of(client, ada)}/logo"
        assert (await send(client, eve, path, picture())).status_code == 404
        assert (await client.delete(path, headers=eve.headers)).status_code == 404


class TestMedia:
    @pytest.fixture
    async def path(self, app: Api, client: httpx.AsyncClient, settings: Settings) -> str:
        """Of a picture that is shown."""
        ada = await register(client)
        await send(client, ada, AVATAR, picture())
        await drain(app.parts.infra)
        return path_of(settings, await avatar_of(client, ada))

    async def test_may_be_kept_for_ever_and_runs_nowhere(self, client: httpx.AsyncClient, path: str) -> None:
        shown = await client.get(path)
        wanted = {
            "cache-control": "public, max-age=31536000, immutable",
            "content-type": "image/webp",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cross-origin-resource-policy": "cross-origin",
            "etag": f'"{Path(path).stem}"',
        }
        assert {name: shown.headers.get_list(name) for name in wanted} == {
            name: [value] for name, value in wanted.items()
        }
        head = await client.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", wanted["etag"])

    async def test_is_not_sent_twice(self, client: httpx.AsyncClient, path: str) -> None:
        tag = (await client.get(path)).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await client.get(path, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"].endswith("immutable")
        other = await client.get(path, headers={"if-none-match": '"other"'})
        assert other.status_code == 200

    async def test_reaches_nothing_else(self, app: Api, client: httpx.AsyncClient) -> None:
        name = f"{'a' * 32}.webp"
        hidden = [f"imports/secret/{name}", f"uploads/avatars/{name}"]
        for key in hidden:
            await app.parts.infra.objects.put(key, chunks_of(b"secret"))
        ways = ["", "/", "../", "%2e%2e/", "..%2f", "%2e%2e%2f", "%252e%252e/", "avatars/../../"]
        tried = [f"/media/{way}{key}" for way in [*ways, "a/%2e%2e/%2e%2e/", "..\\"] for key in hidden]
        # As they are on the wire: a client would tidy such an address up.
        answers = {target: await raw_get(app, target) for target in tried}
        assert set(answers.values()) == {404}, answers
        await app.parts.infra.objects.put(f"media/avatars/{name}", chunks_of(b"shown"))
        assert (await client.get(f"/media/avatars/{name}")).content == b"shown"

    async def test_knows_no_other_names(self, app: Api, client: httpx.AsyncClient) -> None:
        for name in ("a.webp", "a" * 32, f"{'a' * 32}.svg", f".{'a' * 31}.webp", f"{'A' * 32}.webp"):
            await app.parts.infra.objects.put(f"media/avatars/{name}", chunks_of(b"something"))
            assert (await client.get(f"/media/avatars/{name}")).status_code == 404
        assert (await client.get("/media/avatars/")).status_code == 404
        assert (await client.get("/media")).status_code == 404


async def raw_get(app: Api, target: str) -> int:
    """The status of a GET whose target goes over the wire just so."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def take(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(target),
        "raw_path": target.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test")],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    await app(scope, receive, take)
    return statuses[0]


class TestMediaInABucket:
    async def test_is_read_there_by_a_link_that_outlives_the_answer(self, settings: Settings) -> None:
        bucket = {"BUCKET": "shop", "ENDPOINT": "http://127.0.0.1:9", "KEY_ID": "id", "SECRET_KEY": "secret"}
        options = tuple((f"SHOPLYTICS_S3_{name}", value) for name, value in bucket.items())
        far = replace(settings, object_store="s3", plugin_options=options)
        name = f"logos/{'a' * 32}.webp"
        async with serving(far) as app, client_of(app) as client:
            shown = await client.get(f"/media/{name}")
            assert (shown.status_code, shown.headers["cache-control"]) == (302, "public, max-age=1800")
            link = httpx.URL(shown.headers["location"])
            assert (
                f"{link.scheme}://{link.netloc.decode()}{link.path}"
                == f"http://127.0.0.1:9/shop/media/{name}"
            )
            assert int(link.params["X-Amz-Expires"]) >= 2 * 1800
            for other in ("imports/secret", "logos/a.webp"):
                assert (await client.get(f"/media/{other}")).status_code == 404


class TestMediaUrl:
    async def test_begins_the_links(self, settings: Settings) -> None:
        far = replace(settings, media_url="https://cdn.example/pictures")
        async with open_infra(far) as infra:
            assert infra.pictures.url("media/logos/a.webp") == "https://cdn.example/pictures/logos/a.webp"

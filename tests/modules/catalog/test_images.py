"""A gallery over HTTP: sent or fetched, made ready by a worker, shown, ordered, and gone with its files."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from PIL import Image

from shoplytics.adapters.fetcher import SafeFetcher
from shoplytics.api import Api
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.settings import Settings
from tests.builders import Account, register, store_of
from tests.drain import drain
from tests.pictures import chunks_of, picture
from tests.web import Site, site

BIG = picture("JPEG", (2000, 1000))


class Shop:
    """An owner's product and its gallery."""

    def __init__(self, app: Api, client: httpx.AsyncClient, settings: Settings, who: Account) -> None:
        self._app = app
        self._settings = settings
        self.client = client
        self.who = who
        self.path = ""
        self.id = ""

    async def open(self) -> "Shop":
        store = await store_of(self.client, self.who)
        products = f"/api/v1/stores/{store}/products"
        made = await self.client.post(products, json={"title": "Cup", "price": "5"}, headers=self.who.headers)
        self.id = made.json()["id"]
        self.path = f"{products}/{self.id}"
        return self

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **sent: Any,  # noqa: ANN401 - what httpx takes
    ) -> Any:  # noqa: ANN401 - JSON
        """`path` below the gallery's."""
        answer = await self.client.request(
            method, f"{self.path}/images{path}", headers=self.who.headers | (headers or {}), **sent
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def send(self, content: bytes = BIG, *, status: int = 202, **query: str) -> Any:  # noqa: ANN401 - JSON
        file = {"file": ("cup.jpg", content, "image/jpeg")}
        return await self.ask("POST", status=status, files=file, params=query)

    async def images(self) -> list[Any]:
        items: list[Any] = (await self.ask("GET"))["items"]
        return items

    async def work(self) -> None:
        await drain(self._app.parts.infra)

    async def shown(self) -> Any:  # noqa: ANN401 - JSON
        return (await self.client.get(f"/api/v1/products/{self.id}")).json()

    async def size_of(self, url: str) -> tuple[int, int]:
        """Of the picture that the world finds there."""
        answer = await self.client.get(url.removeprefix(self._settings.public_url))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        return Image.open(BytesIO(answer.content)).size

    def files(self) -> list[str]:
        root = self._settings.home / "objects"
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.fixture
async def shop(app: Api, client: httpx.AsyncClient, settings: Settings) -> Shop:
    return await Shop(app, client, settings, await register(client)).open()


class TestImage:
    async def test_waits_and_then_is_shown_in_three_sizes(self, shop: Shop) -> None:
        accepted = await shop.send(alt="A red cup")
        image = accepted["image"]
        assert (image["status"], image["url"], image["alt"], image["position"]) == (
            "pending",
            None,
            "A red cup",
            1,
        )
        assert ((await shop.shown())["images"], (await shop.shown())["image_url"]) == ([], None)
        await shop.work()
        (ready,) = await shop.images()
        assert (ready["status"], ready["error"], ready["width"], ready["height"]) == (
            "ready",
            None,
            1600,
            800,
        )
        sizes = [(one["width"], one["height"]) for one in ready["renditions"]]
        assert sizes == [(160, 80), (640, 320), (1600, 800)]
        assert [await shop.size_of(one["url"]) for one in ready["renditions"]] == sizes
        shown = await shop.shown()
        assert shown["images"] == [
            {
                "id": image["id"],
                "url": ready["renditions"][2]["url"],
                "alt": "A red cup",
                "position": 1,
                "width": 1600,
                "height": 800,
                "renditions": ready["renditions"],
            }
        ]
        (listed,) = (await shop.client.get("/api/v1/products")).json()["items"]
        assert listed["image_url"] == shown["image_url"] == ready["renditions"][1]["url"]
        job = await shop.client.get(f"/api/v1/jobs/{accepted['job_id']}", headers=shop.who.headers)
        assert job.json()["result"] == {"image_id": image["id"]}
        assert len(shop.files()) == 3

    async def test_says_why_it_could_not_be_made(self, shop: Shop) -> None:
        accepted = await shop.send(BIG[:3000])
        await shop.work()
        (image,) = await shop.images()
        assert (image["status"], image["error"]) == ("failed", "The file is damaged or no picture.")
        job = await shop.client.get(f"/api/v1/jobs/{accepted['job_id']}", headers=shop.who.headers)
        assert job.json()["error"]["code"] == "undecodable_picture"
        assert (await shop.shown())["images"] == []
        assert shop.files() == []

    async def test_is_refused_at_once_when_it_is_none(self, shop: Shop) -> None:
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        assert (await shop.send(svg, status=400))["code"] == "unsupported_picture"
        assert (await shop.send(BIG + bytes(10 * 1024 * 1024), status=413))["code"] == "too_large"
        assert (await shop.images(), shop.files()) == ([], [])

    async def test_is_described_if_nobody_else_did(self, shop: Shop) -> None:
        image = (await shop.send())["image"]
        path = f"/{image['id']}"
        tag = {"If-Match": '"1"'}
        assert (await shop.ask("PATCH", path, json={"alt": "Cup"}, headers=tag))["alt"] == "Cup"
        await shop.ask("PATCH", path, json={"alt": "Mug"}, headers=tag, status=412)
        await shop.ask("PATCH", path, json={"alt": "x" * 501}, status=400)
        assert (await shop.ask("GET", path))["alt"] == "Cup"

    async def test_leaves_with_its_files_and_gives_its_place_away(self, shop: Shop) -> None:
        first, second = [(await shop.send(alt=alt))["image"]["id"] for alt in ("1", "2")]
        await shop.work()
        before = (await shop.shown())["version"]
        await shop.ask("DELETE", f"/{first}", status=204)
        await shop.ask("DELETE", f"/{first}", status=404)
        await shop.work()
        shown = await shop.shown()
        assert [(image["id"], image["position"]) for image in shown["images"]] == [(second, 1)]
        assert shown["image_url"] == shown["images"][0]["renditions"][1]["url"]
        assert shown["version"] != before
        assert len(shop.files()) == 3

    async def test_that_is_removed_on_its_way_leaves_nothing(self, shop: Shop) -> None:
        accepted = await shop.send()
        await shop.ask("DELETE", f"/{accepted['image']['id']}", status=204)
        await shop.work()
        job = await shop.client.get(f"/api/v1/jobs/{accepted['job_id']}", headers=shop.who.headers)
        assert job.json()["status"] == "cancelled"
        assert shop.files() == []


class TestGallery:
    async def test_is_put_into_any_order_and_no_other(self, shop: Shop) -> None:
        ids = [(await shop.send(picture(size=(300, 10))))["image"]["id"] for _ in range(3)]
        await shop.work()
        widths = [[one["width"] for one in image["renditions"]] for image in await shop.images()]
        assert widths == [[160, 300, 300]] * 3  # never enlarged
        turned = [ids[2], ids[0], ids[1]]
        listed = (await shop.ask("PUT", "/order", json={"ids": turned}))["items"]
        assert [(image["id"], image["position"]) for image in listed] == list(
            zip(turned, (1, 2, 3), strict=True)
        )
        shown = await shop.shown()
        assert shown["image_url"] == shown["images"][0]["renditions"][1]["url"]
        assert [image["id"] for image in shown["images"]] == turned
        for wrong in (ids[:2], [*ids, ids[0]], [ids[0], ids[0], ids[1]], []):
            problem = await shop.ask("PUT", "/order", json={"ids": wrong}, status=400)
            assert problem["code"] == "wrong_images"

    async def test_holds_no_more_than_fifty_however_many_come_at_once(self, shop: Shop, app: Api) -> None:
        await shop.ask("POST", "/fetch", json={"url": "http://shop.example/1.png"}, status=202)
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute(
                "insert into catalog_image (id, store_id, product_id, url, position)"
                " select gen_random_uuid(), i.store_id, i.product_id, 'https://a.example/', n"
                " from catalog_image i, generate_series(2, 48) n"
            )
            await work.commit()
        file = {"file": ("cup.png", picture(size=(20, 10)))}
        answers = await asyncio.gather(
            *(shop.client.post(f"{shop.path}/images", files=file, headers=shop.who.headers) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [202, 202, 409, 409]
        assert [image["position"] for image in await shop.images()] == list(range(1, 51))

    async def test_is_swept_of_what_came_to_no_end(self, shop: Shop, app: Api) -> None:
        await shop.send()
        await shop.work()
        await shop.send()
        infra = app.parts.infra
        stray = f"media/products/s160/{'a' * 32}.webp"
        await infra.objects.put(stray, chunks_of(b"of a product that was purged"))
        gallery = app.parts.with_work["gallery"]
        for days, left in ((0, 5), (2, 4)):
            async with infra.database.work(DbRole.SYSTEM) as work:
                await gallery(infra, work).sweep(utc_now() + timedelta(days=days))  # type: ignore[attr-defined]
                await work.commit()
            assert len(shop.files()) == left
        assert stray not in shop.files()
        assert [image["status"] for image in await shop.images()] == ["ready", "failed"]

    async def test_is_audited(self, shop: Shop) -> None:
        image = (await shop.send(alt="Cup"))["image"]["id"]
        await shop.ask("PATCH", f"/{image}", json={"alt": "Mug"})
        await shop.ask("PUT", "/order", json={"ids": [image]})
        await shop.ask("DELETE", f"/{image}", status=204)
        log = await shop.client.get(
            f"{shop.path.partition('/products')[0]}/audit-log", headers=shop.who.headers
        )
        actions = [entry["action"] for entry in log.json()["items"]]
        assert actions[:4] == ["images.remove", "images.order", "images.change", "images.add"]


class TestFetching:
    @pytest.fixture
    async def far(self, app: Api) -> AsyncIterator[Site]:
        """A server that the operator trusts."""
        async with site() as made:
            app.parts.infra.fetcher = SafeFetcher(trusted=[ip_network("127.0.0.0/8")], ports={made.port})
            yield made

    async def test_makes_a_picture_elsewhere_one_of_ours(self, shop: Shop, far: Site) -> None:
        far.says(BIG)
        asked = await shop.ask("POST", "/fetch", json={"url": f"{far.url}/cup", "alt": "Cup"}, status=202)
        assert asked["image"]["source_url"] == f"{far.url}/cup"
        await shop.work()
        (image,) = await shop.images()
        assert (image["status"], image["alt"], image["width"]) == ("ready", "Cup", 1600)
        assert await shop.size_of(image["url"]) == (1600, 800)
        assert len(shop.files()) == 3

    async def test_says_why_nothing_came_of_it(self, shop: Shop, far: Site) -> None:
        refused = {
            "status 404": (b"", "404 Not Found"),
            "PNG, JPEG, WebP or GIF": (b"<html>", "200 OK"),
            "larger than may be fetched": (BIG + bytes(10 * 1024 * 1024), "200 OK"),
        }
        for body, status in refused.values():
            far.says(body, status=status)
            await shop.ask("POST", "/fetch", json={"url": far.url}, status=202)
            await shop.work()
        for image, error in zip(await shop.images(), refused, strict=True):
            assert image["status"] == "failed"
            assert error in image["error"]
        assert shop.files() == []

    async def test_turns_away_what_can_never_be_fetched(self, shop: Shop) -> None:
        for url in ("file:///etc/passwd", "http://10.0.0.1/", "https://a@b.example/", "http://b.example:22/"):
            problem = await shop.ask("POST", "/fetch", json={"url": url}, status=400)
            assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/url", "address_not_allowed")]

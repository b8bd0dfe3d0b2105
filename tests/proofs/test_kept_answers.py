"""Kept answers: a writer reads its own write at once, others within a second, whatever Redis does."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.redis.copies import PAUSE_SECONDS
from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings
from tests.drain import drain
from tests.faults.proxy import Proxy, proxy
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.pictures import picture
from tests.processes import forked, forked_api
from tests.proofs.kept import SOON, Look, items, keeps, page_of, reached_by, seen, shows
from tests.proofs.proof import FULL, Mutant, account
from tests.workers import until


@dataclass
class Pair:
    """Two processes: written through `here`, seen in both."""

    here: httpx.AsyncClient
    there: httpx.AsyncClient
    slowest: float = 0.0
    changes: int = 0

    async def follow(
        self, deed: Awaitable[object], look: Look, wanted: object, *, worker: bool = False
    ) -> None:
        """`worker`: what is shown is made by a third process, which nobody waits for."""
        for client in (self.here, self.there):
            assert await look(client) != wanted
        await deed
        started = time.monotonic()
        if worker:
            await until(shows(self.here, look, wanted), seconds=SOON)
        else:
            assert await look(self.here) == wanted
        await until(shows(self.there, look, wanted), seconds=SOON)
        self.changes += 1
        if not worker:
            self.slowest = max(self.slowest, time.monotonic() - started)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


class TestTwoProcesses:
    @pytest.mark.timeout(300)
    async def test_show_what_was_written_in_one(self, settings: Settings, owner: asyncpg.Connection) -> None:
        """One journey, because every start costs seconds; a third process works."""
        with ExitStack() as running:
            apis = [running.enter_context(forked_api(settings)) for _ in range(2)]
            running.enter_context(forked("worker", settings))
            here, there = [httpx.AsyncClient(base_url=api.address) for api in apis]
            async with here, there:
                pair = Pair(here, there)
                await self._changes(pair, owner)
        account("kept", changes=pair.changes, slowest_ms=round(pair.slowest * 1000))
        if FULL:
            assert pair.slowest < 1

    async def _changes(self, pair: Pair, owner: asyncpg.Connection) -> None:
        shop = await open_shop(pair.here)
        category = await shop.send("POST", "/categories", {"name": "Cups"}, status=201)
        made = await shop.product(title="Old", price="5", quantity=3, category=category["id"])
        path, offer = f"/products/{made['id']}", f"/offers/{made['variants'][0]['offers'][0]['id']}"
        page = page_of(made["id"])
        await keeps(owner, made["id"], pair.here, pair.there)
        price, stock = [seen(page, "variants", 0, "offers", 0, name) for name in ("price", "available")]
        for number, look in enumerate((seen(page, "title"), seen(items, 0, "title"))):
            change = {"title": f"New {number}"}
            await pair.follow(shop.send("PATCH", path, change), look, change["title"])
        await pair.follow(shop.send("PATCH", offer, {"price": "6.00"}), seen(price, "amount"), "6.00")
        await pair.follow(
            shop.send("PATCH", offer, {"price": "7.00"}), seen(items, 0, "price", "amount"), "7.00"
        )
        counted = {"reason": "counted"}
        await pair.follow(shop.send("POST", f"{offer}/stock", counted | {"set": 2}), stock, 2)
        gone = shop.send("POST", f"{offer}/stock", counted | {"set": 0})
        await pair.follow(gone, seen(items, 0, "in_stock"), False)
        renamed = shop.send("PATCH", f"/categories/{category['id']}", {"name": "Mugs"})
        await pair.follow(renamed, seen(page, "category", "name"), "Mugs")
        sent = self._picture(shop, f"{path}/images")
        await pair.follow(sent, lambda client: self._images(page, client), 1, worker=True)
        await pair.follow(shop.send("DELETE", path, status=204), page, 404)
        await pair.follow(shop.send("POST", f"{path}/restore"), seen(page, "title"), "New 1")
        profile = self._profile(shop)
        await pair.follow(shop.send("PATCH", "", {"active": False}), profile, 404)
        for client in (pair.here, pair.there):
            await until(shows(client, page, 404), seconds=SOON)
            await until(shows(client, items, []), seconds=SOON)

    async def _picture(self, shop: Merchant, path: str) -> None:
        address = f"/api/v1/stores/{shop.store}{path}"
        file = {"file": ("cup.png", picture(), "image/png")}
        answer = await shop.client.post(address, files=file, headers=shop.account.headers)
        assert answer.status_code == 202, answer.text

    async def _images(self, page: Look, client: httpx.AsyncClient) -> int:
        return len((await page(client))["images"])

    def _profile(self, shop: Merchant) -> Look:
        async def status(client: httpx.AsyncClient) -> int:
            return (await client.get(f"/api/v1/stores/{shop.store}")).status_code

        return status


@pytest.fixture
async def here(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with reached_by(settings) as client:
        yield client


class TestARace:
    @pytest.fixture
    async def line(self, servers: EmbeddedServers) -> AsyncIterator[Proxy]:
        async with proxy(servers.sockets / ".s.PGSQL.5432") as line:
            yield line

    @pytest.fixture
    async def there(self, settings: Settings, line: Proxy) -> AsyncIterator[httpx.AsyncClient]:
        async with reached_by(settings, postgres=line) as client:
            yield client

    async def test_of_a_read_and_a_change_elsewhere_keeps_nothing_old(
        self, here: httpx.AsyncClient, there: httpx.AsyncClient, line: Proxy
    ) -> None:
        """The answer of the database is on its way while the change is made and heard of."""
        shop = await open_shop(here)
        made, other = await shop.product(title="Before"), await shop.product(title="Other")
        titles = [seen(page_of(one["id"]), "title") for one in (made, other)]
        listed = seen(items, -1, "title")
        await titles[1](there)  # whose statement is prepared then
        assert await listed(there) == "Before"
        line.hold(b"Before")
        reading = asyncio.ensure_future(titles[0](there))
        await line.held.wait()
        await shop.send("PATCH", f"/products/{made['id']}", {"title": "After"})
        await until(shows(there, listed, "After"), seconds=SOON)
        assert not reading.done()
        line.release()
        assert await reading == "Before"
        assert await titles[0](there) == "After"

    async def test_of_a_commit_and_reads_keeps_nothing_old(
        self, here: httpx.AsyncClient, there: httpx.AsyncClient, line: Proxy
    ) -> None:
        """The change is written but not committed while everybody reads what was before it."""
        shop = await open_shop(there)
        made = await shop.product(title="Before")
        title = seen(page_of(made["id"]), "title")
        line.hold(b"commit\x00")
        writing = asyncio.create_task(shop.send("PATCH", f"/products/{made['id']}", {"title": "After"}))
        await line.held.wait()
        for client in (here, there):
            assert [await title(client) for _ in range(2)] == ["Before"] * 2
        assert not writing.done()
        line.release()
        await writing
        assert await title(there) == "After"
        await until(shows(here, title, "After"), seconds=SOON)


class TestWithoutRedis:
    @pytest.fixture
    async def line(self, servers: EmbeddedServers) -> AsyncIterator[Proxy]:
        async with proxy(Path(servers.redis_url.removeprefix("unix://"))) as line:
            yield line

    @pytest.fixture
    async def there(self, settings: Settings, line: Proxy) -> AsyncIterator[httpx.AsyncClient]:
        async with reached_by(settings, redis=line) as client:
            yield client

    @pytest.mark.parametrize("how", ["cut", "silent"])
    async def test_a_process_keeps_nothing_until_it_hears_again(
        self,
        *,
        here: httpx.AsyncClient,
        there: httpx.AsyncClient,
        line: Proxy,
        owner: asyncpg.Connection,
        how: str,
    ) -> None:
        shop = await open_shop(here)
        made = await shop.product(title="Before")
        title = seen(page_of(made["id"]), "title")
        await keeps(owner, made["id"], here, there)
        if how == "cut":
            await line.cut()
        else:
            line.fall_silent()
        await shop.send("PATCH", f"/products/{made['id']}", {"title": "While away"})
        await until(shows(there, title, "While away"), seconds=SOON)
        for name in ("Next", "And next"):
            await shop.send("PATCH", f"/products/{made['id']}", {"title": name})
            assert await title(there) == name
        if how == "cut":
            await line.mend()
        line.speak()
        await keeps(owner, made["id"], there)
        await shop.send("PATCH", f"/products/{made['id']}", {"title": "After"})
        await until(shows(there, title, "After"), seconds=SOON)

    async def test_a_writer_is_heard_of_once_it_can_speak(
        self, here: httpx.AsyncClient, there: httpx.AsyncClient, line: Proxy, owner: asyncpg.Connection
    ) -> None:
        title = await self._written_unheard(here, there, line, owner)
        await asyncio.sleep(10 * PAUSE_SECONDS)  # so that it has tried to speak, in vain
        await line.mend()
        await until(shows(here, title, "After"), seconds=SOON)

    async def test_a_writer_is_spoken_for_by_a_worker(
        self,
        *,
        here: httpx.AsyncClient,
        there: httpx.AsyncClient,
        line: Proxy,
        owner: asyncpg.Connection,
        infra: Infra,
    ) -> None:
        title = await self._written_unheard(here, there, line, owner)
        await drain(infra)
        await until(shows(here, title, "After"), seconds=SOON)

    async def _written_unheard(
        self, here: httpx.AsyncClient, there: httpx.AsyncClient, line: Proxy, owner: asyncpg.Connection
    ) -> Look:
        """What was written there, whose Redis is away, is shown there and not here; how to see it."""
        shop = await open_shop(there)
        made = await shop.product(title="Before")
        title = seen(page_of(made["id"]), "title")
        await keeps(owner, made["id"], here, there)
        await line.cut()
        await shop.send("PATCH", f"/products/{made['id']}", {"title": "After"})
        assert await title(there) == "After"
        assert await title(here) != "After"
        return title


COPIES = "src/shoplytics/adapters/redis/copies.py"
EVENTS = "src/shoplytics/ports/catalog/events.py"
IN_MEMORY = "tests/adapters/redis/test_copies.py::TestCopies"
OVER_HTTP = "tests/modules/catalog/test_kept.py::TestKeptAnswers"
PROCESSES = "test_kept_answers.py::TestTwoProcesses::test_show_what_was_written_in_one"
WITHOUT_REDIS = "test_kept_answers.py::TestWithoutRedis"


def mutant(says: str, file: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(promise="kept", says=says, file=file, old=old, new=new, test=test)


MUTANTS = [
    mutant(
        "nobody is told of a change",
        COPIES,
        "publish(self._channel, to_json([self._sender, *tags]))",
        "ping()",
        PROCESSES,
    ),
    mutant(
        "a product's change leaves its page",
        EVENTS,
        "return (*map(copy_of, product_ids), *lists)",
        "return lists",
        PROCESSES,
    ),
    mutant(
        "a product's change leaves the lists",
        EVENTS,
        "return (*map(copy_of, product_ids), *lists)",
        "return tuple(map(copy_of, product_ids))",
        PROCESSES,
    ),
    mutant(
        "a category's new name leaves the pages",
        "src/shoplytics/modules/catalog/routes/copies.py",
        "{STORES, CATEGORIES, PAGES, copy_of",
        "{STORES, PAGES, copy_of",
        PROCESSES,
    ),
    mutant(
        "the writer's own process waits for the news, too",
        COPIES,
        "        self._forget(tags)\n        self._to_tell",
        "        self._to_tell",
        f"{IN_MEMORY}::test_load_again_when_dropped",
    ),
    mutant(
        "what changed while it was read is kept",
        COPIES,
        "copy.stale = copy.stale or not copy.tags.isdisjoint(tags)",
        "copy.stale = copy.stale and not copy.tags.isdisjoint(tags)",
        "test_kept_answers.py::TestARace::test_of_a_read_and_a_change_elsewhere_keeps_nothing_old",
    ),
    mutant(
        "copies are dropped before the commit",
        "src/shoplytics/adapters/postgres/outbox.py",
        "            self._work.after_commit(drop)\n",
        "            self._copies.drop(*tags)\n",
        "test_kept_answers.py::TestARace::test_of_a_commit_and_reads_keeps_nothing_old",
    ),
    mutant(
        "who comes after a change is given what was asked for before it",
        COPIES,
        " is not None and not ahead.copy.stale:",
        " is not None:",
        f"{IN_MEMORY}::test_load_again_for_who_comes_after_a_change",
    ),
    mutant(
        "copies outlive the news of changes",
        COPIES,
        "            self._forget_all()\n",
        "",
        f"{WITHOUT_REDIS}::test_a_process_keeps_nothing_until_it_hears_again",
    ),
    mutant(
        "answers are kept while no news can come",
        COPIES,
        "stale=not self._hears.is_set()",
        "stale=False",
        f"{WITHOUT_REDIS}::test_a_process_keeps_nothing_until_it_hears_again",
    ),
    mutant(
        "a silent server is waited for",
        COPIES,
        "while self._clock() - heard < 2 * BEAT_SECONDS:",
        "while heard is not None:",
        f"{WITHOUT_REDIS}::test_a_process_keeps_nothing_until_it_hears_again",
    ),
    mutant(
        "what could not be told is forgotten",
        COPIES,
        "if not told:",
        "if not told and not tags:",
        f"{WITHOUT_REDIS}::test_a_writer_is_heard_of_once_it_can_speak",
    ),
    mutant(
        "every query is given the same list",
        "src/shoplytics/api/kept.py",
        " {urlencode(sorted(query))}",
        "",
        f"{OVER_HTTP}::test_are_never_those_of_another_store_or_reader",
    ),
    mutant(
        "an answer for one caller may be kept for all",
        "src/shoplytics/api/plans.py",
        'if handler.opt.get("copies") and (',
        "if not handler.opt and (",
        "tests/edge/test_access.py::TestStart::test_is_stopped_by_a_route_it_cannot_guard",
    ),
    mutant(
        "every sale drops the lists",
        "src/shoplytics/adapters/postgres/catalog/reservations.py",
        'listed=row["product_id"] in listed,',
        "listed=True,",
        f"{OVER_HTTP}::test_of_lists_outlive_a_sale_that_they_do_not_show",
    ),
    mutant(
        "the sale of the last unit leaves the lists",
        "src/shoplytics/adapters/postgres/catalog/reservations.py",
        'listed=row["product_id"] in listed,',
        "listed=False,",
        f"{OVER_HTTP}::test_of_lists_outlive_a_sale_that_they_do_not_show",
    ),
]

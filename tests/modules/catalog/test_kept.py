"""Kept answers: right at once for the writer, within a second elsewhere, and the same for everybody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pytest

from shoplytics.adapters.postgres.database import Plans
from shoplytics.adapters.redis.copies import RedisCopies
from shoplytics.api import Api, create_app
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.ports.catalog import ProductChanged
from shoplytics.ports.catalog.stock import StockLine
from shoplytics.settings import Settings
from tests.builders import register, store_of
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.workers import until

LIST = "/api/v1/products"
SUBJECT = "catalog_"  # what the driver asks about types is none of ours


async def hearing(app: Api) -> None:
    copies = app.parts.infra.copies
    assert isinstance(copies, RedisCopies)
    await copies.hearing()


@pytest.fixture
async def merchant(app: Api, client: httpx.AsyncClient) -> Merchant:
    await hearing(app)
    account = await register(client)
    return Merchant(client, account, await store_of(client, account, currency="GBP"))


@pytest.fixture
async def elsewhere(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Another process, as far as a test can make one: nothing is shared but the servers."""
    other = create_app(settings)
    async with other.lifespan():
        await hearing(other)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://else") as client:
            yield client


@pytest.fixture
async def statements(app: Api, client: httpx.AsyncClient) -> list[str]:
    """What the one connection of each public pool runs from now on."""
    seen: list[str] = []

    def note(record: asyncpg.connection.LoggedQuery) -> None:
        if SUBJECT in record.query:
            seen.append(record.query)

    for plans in (Plans.AUTO, Plans.EACH):
        async with app.parts.infra.database.pool(DbRole.PUBLIC, plans=plans).acquire() as connection:
            connection.add_query_logger(note)
    client.event_hooks["response"].append(_a_moment)  # asyncpg tells of a query a moment later
    return seen


async def _a_moment(answer: httpx.Response) -> None:
    await asyncio.sleep(0)


async def titles(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def shows(client: httpx.AsyncClient, *wanted: str, query: str = "") -> Callable[[], Awaitable[bool]]:
    async def shown() -> bool:
        return await titles(client, query) == list(wanted)

    return shown


class TestKeptAnswers:
    async def test_take_one_statement_at_first_and_none_after(
        self, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        made = await merchant.product(price="5")
        for address in (f"{LIST}?tag=a&limit=5&tag=b", f"{LIST}/{made['id']}"):
            first = await client.get(address)
            assert len(statements) == 1
            again = await client.get(address)
            tag = first.headers["etag"]
            assert (again.content, again.headers["etag"]) == (first.content, tag)
            unchanged = await client.get(address, headers={"If-None-Match": tag})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
            assert unchanged.headers["cache-control"] == "public, max-age=0, must-revalidate"
            assert again.headers["x-request-id"] != first.headers["x-request-id"]
            statements.clear()
        await client.get(f"{LIST}?limit=5&tag=b&tag=a")
        assert statements == []

    async def test_take_one_statement_for_all_who_ask_at_once(
        self, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        made = await merchant.product()
        answers = await asyncio.gather(*(client.get(f"{LIST}/{made['id']}") for _ in range(200)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(statements) == 1

    async def test_are_never_those_of_another_store_or_reader(
        self, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        """What is for one reader only is asked anew; what is for all is one for all."""
        other = await open_shop(client)
        await merchant.product(title="One")
        await other.product(title="Two")
        for shop, title in ((merchant, "One"), (other, "Two")):
            query = f"?store={shop.store}"
            assert await titles(client, query) == await titles(client, query) == [title]
            profile = await client.get(f"/api/v1/stores/{shop.store}")
            assert profile.json()["id"] == str(shop.store)
            own = [await shop.send("GET", "/products") for _ in range(2)]
            assert [[item["title"] for item in page["items"]] for page in own] == [[title]] * 2
            refused = await shop.attempt("GET", "/products", headers={"authorization": "Bearer x"})
            assert refused.status_code == 401
            statements.clear()
            answers = [await client.get(f"{LIST}{query}", headers=shop.account.headers) for _ in range(2)]
            assert [answer.json()["items"][0]["title"] for answer in answers] == [title] * 2
            assert statements == []
            bad = await client.get(f"{LIST}{query}", headers={"authorization": "Bearer x"})
            assert bad.status_code == 401

    async def test_count_against_the_limit_like_others(self, settings: Settings) -> None:
        limited = create_app(msgspec.structs.replace(settings, rate_limits=True))
        transport = httpx.ASGITransport(limited, client=("203.0.113.77", 1))
        async with (
            limited.lifespan(),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            await hearing(limited)
            answers = [await client.get(LIST) for _ in range(3)]
            tag = {"if-none-match": answers[0].headers["etag"]}
            answers += [await client.get(LIST, headers=tag) for _ in range(2)]
            left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
            assert left == list(range(left[0], left[0] - 5, -1))
            assert [answer.status_code for answer in answers] == [200] * 3 + [304] * 2
            assert {answer.headers["ratelimit-limit"] for answer in answers} == {"100"}
            assert len({answer.headers["x-request-id"] for answer in answers}) == 5
            rest = [await client.get(LIST, headers=tag) for _ in range(left[-1] + 1)]
            assert [answer.status_code for answer in rest] == [304] * left[-1] + [429]

    async def test_of_lists_outlive_a_sale_that_they_do_not_show(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        made = await merchant.product(price="5", quantity=3)
        page, offer = f"{LIST}/{made['id']}", UUID(made["variants"][0]["offers"][0]["id"])

        async def sell(units: int) -> UUID:
            line = StockLine(offer_id=offer, quantity=units)
            async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
                keeper, reference = stock_keeper(app.parts.infra, work), uuid4()
                assert await keeper.reserve({reference: [line]}) == []
                await work.commit()
            return reference

        async def shown() -> tuple[bool, int, int]:
            """Whether lists and page say that there is some, and how many statements it took."""
            statements.clear()
            listed = (await client.get(LIST)).json()["items"][0]["in_stock"]
            asked = len(statements)
            available = (await client.get(page)).json()["variants"][0]["offers"][0]["available"]
            return listed, available, asked

        assert await shown() == (True, 3, 1)
        first = await sell(2)
        assert await shown() == (True, 1, 0)
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            assert await stock_keeper(app.parts.infra, work).commit([first])
            await work.commit()
        assert await shown() == (True, 1, 0)
        last = await sell(1)
        assert await shown() == (False, 0, 1)
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            assert await stock_keeper(app.parts.infra, work).release([last])
            await work.commit()
        assert await shown() == (True, 1, 1)

    async def test_stay_when_nothing_is_committed(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        made = await merchant.product()
        await titles(client)
        statements.clear()
        event = ProductChanged(store_id=merchant.store, product_id=UUID(made["id"]), deleted=False)
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            await app.parts.infra.outbox(work).add(event)
        await titles(client)
        assert statements == []

    async def test_are_never_an_error(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        made = await merchant.product()
        await merchant.send("DELETE", f"/products/{made['id']}", status=204)
        assert (await client.get(f"{LIST}/{made['id']}")).status_code == 404
        await merchant.send("POST", f"/products/{made['id']}/restore")
        assert (await client.get(f"{LIST}/{made['id']}")).status_code == 200
        assert (await client.get(f"{LIST}?limit=0")).status_code == 400
        assert (await client.get(f"{LIST}?store=nobody")).status_code == 400

    async def test_follow_a_write_at_once_here_and_soon_elsewhere(
        self, client: httpx.AsyncClient, elsewhere: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        made = await merchant.product(title="Old")
        own = f"?store={str(merchant.store).upper()}"
        for reader in (client, elsewhere):
            assert await titles(reader) == await titles(reader, own) == ["Old"]
        await merchant.send("PATCH", f"/products/{made['id']}", {"title": "New"})
        assert await titles(client) == await titles(client, own) == ["New"]
        await until(shows(elsewhere, "New"), seconds=5)
        await until(shows(elsewhere, "New", query=own), seconds=5)

    async def test_are_dropped_by_a_worker_when_the_writer_died(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant, statements: list[str]
    ) -> None:
        await merchant.product()
        await drain(app.parts.infra)
        await titles(client)
        statements.clear()
        async with app.parts.infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute("update platform_outbox set done_at = null, lease = null, due_at = now()")
            await work.commit()
        await titles(client)
        assert statements == []
        await drain(app.parts.infra)
        await titles(client)
        assert len(statements) == 1

    async def test_show_what_is_published_when_its_time_comes(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        await merchant.product(title="Soon", published_at=soon.isoformat())
        assert await titles(client) == []

        async def shown() -> bool:
            await drain(app.parts.infra)
            return await titles(client) == ["Soon"]

        await until(shown, seconds=5)
        assert datetime.now(UTC) >= soon

    async def test_follow_the_stores_name(
        self, app: Api, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        made = await merchant.product()
        profile = f"/api/v1/stores/{merchant.store}"
        for address in (f"{LIST}/{made['id']}", profile):
            assert "Renamed" not in (await client.get(address)).text
        await merchant.send("PATCH", "", {"name": "Renamed"})
        await drain(app.parts.infra)
        for address in (f"{LIST}/{made['id']}", profile):
            assert "Renamed" in (await client.get(address)).text

"""Orders and money: what may be paid, when, and what becomes of money that comes late; and what is mailed."""

import asyncio
from functools import partial
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from msgspec.structs import replace

from shoplytics.adapters.postgres.sales.moving import PgOrderMoves
from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.api import Api
from shoplytics.bootstrap.checkout import checkouts, order_expiry
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.kernel.tokens import token_hash
from shoplytics.modules.sales.ports import Entry, OrderState
from shoplytics.ports.sales import Checkouts, Settled
from tests.builders import prove
from tests.letters import letters_to, subjects_to
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import EMAIL, Orderer, change, note_statements, offer_of, stock_of
from tests.workers import until

WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)


@pytest.fixture
async def shop(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


@pytest.fixture
async def statements(app: Api) -> list[str]:
    seen: list[str] = []
    await note_statements(app.parts.infra, seen)
    return seen


async def ordered(
    client: httpx.AsyncClient, *shops: Merchant, quantity: int = 3
) -> tuple[Orderer, UUID, list[UUID]]:
    """By a guest: their checkout, and what it took, 3 of 5 of each shop's at 5.00."""
    buyer, offers = Orderer(client), []
    for shop in shops:
        cup = await shop.product(price="5.00", quantity=5)
        offers.append(offer_of(cup))
        await buyer.add(cup, quantity)
    return buyer, UUID((await buyer.order())["checkout_id"]), offers


async def settle(app: Api, checkout_id: UUID, minor: int = 1500, currency: str = "GBP") -> Settled:
    infra = app.parts.infra
    async with infra.database.work(DbRole.SYSTEM) as work:
        settled, _ = await checkouts(infra, work).settle(
            checkout_id=checkout_id, paid=Money(minor, currency), payment_id=new_id(), actor=SYSTEM
        )
        await work.commit()
    return settled


async def lapse(app: Api, owner_url: str) -> None:
    await change(owner_url, "update sales_order set held_until = now() - interval '1 second'")
    infra = app.parts.infra
    async with infra.database.work(DbRole.SYSTEM) as work:
        assert await order_expiry(infra, work).free_stock()
        await work.commit()


async def payable(app: Api, buyer: Orderer, checkout_id: UUID) -> str:
    """What is due, or why nothing is."""
    infra = app.parts.infra
    async with infra.database.work(DbRole.SYSTEM) as work:
        port: Checkouts = checkouts(infra, work)
        try:
            found = await port.payable(
                checkout_id=checkout_id, order_id=None, user_id=None, token_hash=token_hash(buyer.order_token)
            )
        except ShopError as refused:
            return refused.code
        await work.commit()
    return found.amount.amount


async def states(buyer: Orderer) -> list[tuple[str, str]]:
    items = (await buyer.about("GET", ""))["items"]
    return [(order["status"], order["financial_status"]) for order in items]


class TestSettle:
    async def test_pays_all_orders_once_and_takes_their_stock(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        buyer, checkout, offers = await ordered(client, shop, await open_shop(client))
        assert await settle(app, checkout, 3000) is Settled.BOOKED
        assert await settle(app, checkout, 3000) is Settled.ALREADY
        assert await states(buyer) == [("processing", "paid")] * 2
        assert [await stock_of(app.parts.infra, offer) for offer in offers] == [(2, 0)] * 2
        assert await payable(app, buyer, checkout) == "nothing_to_pay"

    async def test_books_no_other_money_than_is_due(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        buyer, checkout, offers = await ordered(client, shop)
        for minor, currency in ((1499, "GBP"), (1501, "GBP"), (1500, "USD"), (1, "GBP")):
            assert await settle(app, checkout, minor, currency) is Settled.MISMATCH
        assert await states(buyer) == [("created", "pending")]
        assert await stock_of(app.parts.infra, offers[0]) == (5, 3)

    async def test_that_comes_late_is_booked_while_there_is_stock(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        buyer, checkout, offers = await ordered(client, shop)
        await lapse(app, owner_url)
        assert await settle(app, checkout) is Settled.BOOKED
        assert await states(buyer) == [("processing", "paid")]
        assert await stock_of(app.parts.infra, offers[0]) == (2, 0)

    async def test_that_comes_late_goes_back_when_the_stock_is_gone_or_the_order_cancelled(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        buyer, checkout, offers = await ordered(client, shop)
        await lapse(app, owner_url)
        await change(owner_url, "update catalog_offer set on_hand = 2")
        assert await settle(app, checkout) is Settled.TOO_LATE
        assert await payable(app, buyer, checkout) == "out_of_stock"
        (order,) = (await buyer.about("GET", ""))["items"]
        await buyer.about("POST", f"/{order['id']}/cancel")
        await change(owner_url, "update catalog_offer set on_hand = 5")
        assert await settle(app, checkout) is Settled.TOO_LATE
        assert await states(buyer) == [("cancelled", "voided")]
        assert await stock_of(app.parts.infra, offers[0]) == (5, 0)

    async def test_is_for_what_is_left_of_a_checkout(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        buyer, checkout, _ = await ordered(client, shop, await open_shop(client))
        assert await payable(app, buyer, checkout) == "30.00"
        order = (await buyer.about("GET", ""))["items"][0]
        await buyer.about("POST", f"/{order['id']}/cancel")
        assert await payable(app, buyer, checkout) == "15.00"
        assert await settle(app, checkout, 3000) is Settled.MISMATCH
        assert await settle(app, checkout, 1500) is Settled.BOOKED
        assert sorted(await states(buyer)) == [("cancelled", "voided"), ("processing", "paid")]

    async def test_holds_again_for_whoever_begins_to_pay(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        buyer, checkout, offers = await ordered(client, shop)
        await lapse(app, owner_url)
        assert await stock_of(app.parts.infra, offers[0]) == (5, 0)
        for _ in range(2):
            assert await payable(app, buyer, checkout) == "15.00"
        assert await stock_of(app.parts.infra, offers[0]) == (5, 3)
        stranger = Orderer(client)
        assert await payable(app, stranger, checkout) == "not_found"


class TestLocking:
    async def test_whoever_waited_sees_orders_and_lines_as_they_are_now(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant, owner_url: str
    ) -> None:
        """What the statement that waited has read besides is what was there before."""
        _, checkout, _ = await ordered(client, shop, await open_shop(client))
        database, owner = app.parts.infra.database, await asyncpg.connect(owner_url)

        async def lock() -> list[OrderState]:
            async with database.work(DbRole.SYSTEM, keyed=True) as work:
                return await PgOrderMoves(work).lock(checkout_id=checkout)

        async with database.work(DbRole.SYSTEM) as work:
            moves = PgOrderMoves(work)
            before = await moves.lock(checkout_id=checkout)
            changed = [replace(o, lines=tuple(replace(line, shipped=2) for line in o.lines)) for o in before]
            waiting = asyncio.create_task(lock())
            await until(partial(owner.fetchval, WAITING))
            await moves.save_lines(changed)
            entry = Entry(kind="shipped", status_from=None, status_to=None, detail=msgspec.Raw(b"{}"))
            saved = await moves.save([(order, entry) for order in changed], actor="a", now=utc_now())
            await work.commit()
        await owner.close()
        assert [len(order.lines) for order in saved] == [1, 1]
        assert await waiting == saved


class TestWholeOrder:
    async def test_takes_few_statements(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant, statements: list[str]
    ) -> None:
        """Create the cart, quote, check out, pay: the budget of the benchmark, counted on the connections."""
        cup = await shop.product(price="5.00", quantity=50)
        sandbox = app.parts.infra.payment_providers["sandbox"]
        assert isinstance(sandbox, SandboxProvider)
        counts: list[int] = []
        for _ in range(2):
            buyer = Orderer(client)
            counts = []
            statements.clear()
            await buyer.add(cup)
            counts.append(len(statements))
            await buyer.quote()
            counts.append(len(statements))
            placed = await buyer.order()
            counts.append(len(statements))
            answer = await client.post(
                "/api/v1/payments",
                json={"checkout_id": placed["checkout_id"]},
                headers={"X-Order-Token": buyer.order_token or ""},
            )
            assert answer.status_code == 201, answer.text
            reference = answer.json()["reference"]
            await sandbox.decide(reference, Decision.PAY)
            back = await client.get(f"/api/v1/payments/return/sandbox?reference={reference}")
            assert back.status_code == 303, back.text
            counts.append(len(statements))
            assert await states(buyer) == [("processing", "paid")]
        cart, quoted, ordered_, paid = counts
        assert cart <= 6, counts  # one of them looks for the visit
        assert ordered_ - quoted <= 10, counts
        assert paid <= 34, counts


class TestLetters:
    async def test_tell_the_buyer_and_each_store_of_its_own(
        self, client: httpx.AsyncClient, app: Api, owner_url: str, shop: Merchant
    ) -> None:
        other = await open_shop(client)
        await prove(owner_url, shop.account, other.account)
        buyer = Orderer(client)
        await buyer.add(await shop.product(price="5.00", quantity=5, title="Cup"), 2)
        await buyer.add(await other.product(price="7.00", quantity=5, title="Pot"))
        checkout = UUID((await buyer.order())["checkout_id"])
        infra = app.parts.infra
        (letter,) = await letters_to(infra, EMAIL)
        assert letter.subject == "Your orders 1001, 1001"
        assert "2 x Cup: 10.00 GBP" in letter.text
        assert "1 x Pot: 7.00 GBP" in letter.html
        assert "17.00 GBP" in letter.text
        before = await subjects_to(infra, shop.account.email)
        await settle(app, checkout, 1700)
        letters = await letters_to(infra, shop.account.email)
        (told,) = [one for one in letters if one.subject not in before]
        assert told.subject == "Order 1001 at A shop"
        assert "Cup" in told.text
        assert "Pot" not in told.text + told.html
        assert "Cup" not in (await letters_to(infra, other.account.email))[-1].text

    async def test_tell_the_buyer_what_is_cancelled(
        self, client: httpx.AsyncClient, app: Api, shop: Merchant
    ) -> None:
        buyer, _, _ = await ordered(client, shop)
        (order,) = (await buyer.about("GET", ""))["items"]
        await buyer.about("POST", f"/{order['id']}/cancel", {"reason": "Too many"})
        letter = (await letters_to(app.parts.infra, EMAIL))[-1]
        assert letter.subject == "Your order 1001 is cancelled"
        assert "Reason: Too many" in letter.text

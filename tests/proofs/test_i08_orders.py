"""I8: an order moves as its table says and no other way, each move once, with its row in the history."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.bootstrap.checkout import checkouts
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.settings import Settings
from tests.apps import client_of, serving
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.orders import Goods, Placed, on_hand, pay, place
from tests.proofs.proof import Mutant, account, size

# Written down here once more: the table of the code has to be this one.
TABLE = {
    "attempt": {"created": "pending", "pending": "pending"},
    "give_up": {"pending": "created"},
    "pay": {"created": "processing", "pending": "processing"},
    "ship": {"processing": "shipped"},
    "complete": {"processing": "completed", "shipped": "completed"},
    "cancel": {"created": "cancelled", "pending": "cancelled", "processing": "cancelled"},
    "refund": dict.fromkeys(("processing", "shipped", "completed", "cancelled"), "refunded"),
}
WAYS = {
    "created": (),
    "pending": ("attempt",),
    "processing": ("pay",),
    "shipped": ("pay", "ship"),
    "completed": ("pay", "ship", "complete"),
    "cancelled": ("pay", "cancel"),
    "refunded": ("pay", "refund"),
}
PATHS = {"pay": "mark-paid", "refund": "refunds"}
STOCK = 100


class Counter:
    """Two processes of one shop, as its staff and its payments reach them."""

    def __init__(self, infra: Infra, merchant: Merchant, second: httpx.AsyncClient) -> None:
        self.infra = infra
        self.merchant = merchant
        self._doors = (merchant, Merchant(second, merchant.account, merchant.store))
        self._turn = 0

    async def place(self, quantity: int = 1) -> Placed:
        return await place(self.infra, self.merchant, Goods(quantity=quantity, stock=STOCK))

    async def do(self, order: Placed, event: str, **body: object) -> httpx.Response | None:
        """By HTTP what staff do, through either process in turn; payments speak to sales themselves."""
        if event in ("attempt", "give_up"):
            async with self.infra.database.work(DbRole.SYSTEM) as work:
                told = checkouts(self.infra, work)
                tell = told.attempted if event == "attempt" else told.given_up
                await tell(checkout_id=order.checkout_id, actor=SYSTEM)
                await work.commit()
            return None
        self._turn += 1
        door = self._doors[self._turn % 2]
        sent = None if event == "complete" else body
        return await door.attempt("POST", f"{order.path}/{PATHS.get(event, event)}", sent)

    async def in_state(self, state: str) -> Placed:
        order = await self.place()
        for event in WAYS[state]:
            await self.do(order, event)
        assert (await self.look(order))["status"] == state
        return order

    async def look(self, order: Placed) -> Any:  # noqa: ANN401 - JSON
        return await self.merchant.send("GET", order.path)

    async def rows(self, order: Placed) -> int:
        """How many deeds of staff the audit log has of it, of those that sales writes."""
        pool = await self.infra.database.pool(DbRole.SYSTEM)
        found: int = await pool.fetchval(
            "select count(*) from tenancy_audit where target = $1 and action <> 'orders.mark-paid'",
            f"order:{order.id}",
        )
        return found


@pytest.fixture
async def counter(app: Api, client: httpx.AsyncClient, settings: Settings) -> AsyncIterator[Counter]:
    merchant = await open_shop(client)
    async with serving(settings, process=1) as other, client_of(other) as second:
        yield Counter(app.parts.infra, merchant, second)


def off_the_path(order: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Moves of the history that the table does not have, or that do not begin where the last one ended."""
    wrong, state = [], None
    for entry in order["history"]:
        before, after = entry["status_from"], entry["status_to"]
        if after is None:
            continue
        if before != state or (before is not None and TABLE[entry["kind"]].get(before) != after):
            wrong.append(f"{entry['kind']}: {before} -> {after}, it was {state}")
        state = after
    return wrong + ([] if state == order["status"] else [f"it ends as {state}"])


class TestTheTable:
    async def test_is_the_only_way(self, counter: Counter) -> None:
        wrong, pairs = [], 0
        for state in WAYS:
            for event, moves in TABLE.items():
                order = await counter.in_state(state)
                before = await counter.look(order)
                answer = await counter.do(order, event)
                after = await counter.look(order)
                pairs += 1
                legal = event in TABLE and state in moves
                if after["status"] != moves.get(state, state) or off_the_path(after):
                    wrong.append(f"{state}, {event}: {after['status']} {off_the_path(after)}")
                if answer is not None:
                    codes = {"illegal_transition"} if event != "pay" else {"nothing_to_pay"}
                    good = answer.is_success if legal else answer.status_code == 409
                    if not good or (not legal and answer.json()["code"] not in codes):
                        wrong.append(f"{state}, {event}: {answer.status_code} {answer.text[:200]}")
                if not legal and after != before:
                    wrong.append(f"{state}, {event}: it changed")
        account("I8", pairs=pairs)
        assert wrong == []

    async def test_leaves_a_row_of_each_deed_of_staff(self, counter: Counter) -> None:
        order = await counter.in_state("completed")
        assert await counter.rows(order) == 2
        done = await counter.look(order)
        staff = f"user:{counter.merchant.account.user_id}"
        assert [one["actor"] for one in done["history"]] == ["anonymous", staff, staff, staff]
        await counter.do(order, "cancel")
        assert await counter.rows(order) == 2

    async def test_gives_back_nothing_that_was_not_paid(self, counter: Counter) -> None:
        order = await counter.in_state("created")
        await counter.do(order, "cancel")
        answer = await counter.do(order, "refund")
        assert answer is not None
        assert (answer.status_code, answer.json()["code"]) == (409, "refund_exceeds_paid")


class TestTwoAtOnce:
    async def _race(self, counter: Counter, orders: Sequence[Placed], *events: str) -> list[tuple[int, ...]]:
        """What each of the events was answered, order by order; none of it may be a fault of ours."""

        async def both(order: Placed) -> tuple[int, ...]:
            answers = await asyncio.gather(*(counter.do(order, event) for event in events))
            return tuple(answer.status_code for answer in answers if answer is not None)

        found: list[tuple[int, ...]] = []
        for start in range(0, len(orders), 10):
            found += await asyncio.gather(*(both(order) for order in orders[start : start + 10]))
        assert [pair for pair in found if max(pair) >= 500] == []
        return found

    async def test_cancelled_and_paid_is_cancelled_with_its_goods_on_the_shelf(
        self, counter: Counter
    ) -> None:
        orders = [await counter.place(2) for _ in range(size(8, 200))]
        found = await self._race(counter, orders, "cancel", "pay")
        for order, (cancelled, paid) in zip(orders, found, strict=True):
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert (cancelled, done["status"]) == (200, "cancelled")
            assert done["financial_status"] == ("paid" if paid < 400 else "voided")
            assert await on_hand(counter.merchant, order.offers[0]) == (STOCK, 0)
        account("I8", cancelled_and_paid=len(orders), paid_first=sum(paid < 400 for _, paid in found))

    async def test_shipped_and_cancelled_is_one_of_both(self, counter: Counter) -> None:
        orders = [await counter.in_state("processing") for _ in range(size(8, 200))]
        found = await self._race(counter, orders, "ship", "cancel")
        for order, pair in zip(orders, found, strict=True):
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert sorted(pair) == [200, 409]
            assert done["status"] == ("shipped" if pair[0] == 200 else "cancelled")
        account("I8", shipped_or_cancelled=len(orders), shipped=sum(pair[0] == 200 for pair in found))

    async def test_shipped_and_refunded_is_refunded_once(self, counter: Counter) -> None:
        orders = [await counter.in_state("processing") for _ in range(size(8, 200))]
        found = await self._race(counter, orders, "ship", "refund", "refund")
        for order, (shipped, *refunds) in zip(orders, found, strict=True):
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert (done["status"], sorted(refunds), len(done["refunds"])) == ("refunded", [201, 409], 1)
            assert done["refunded"] == done["total"]
            assert done["fulfilment_status"] == ("fulfilled" if shipped == 200 else "unfulfilled")
        account("I8", shipped_and_refunded=len(orders), shipped=sum(pair[0] == 200 for pair in found))

    async def test_paid_twice_is_paid_once(self, counter: Counter) -> None:
        orders = [await counter.place() for _ in range(size(4, 50))]
        for order in orders:
            told = await asyncio.gather(*(pay(counter.infra, order) for _ in range(3)))
            assert sorted(told) == ["already", "already", "booked"]
            assert off_the_path(await counter.look(order)) == []
            assert await on_hand(counter.merchant, order.offers[0]) == (STOCK - 1, 0)


PROOF = "test_i08_orders.py::"
MUTANTS = [
    Mutant(
        promise="I8",
        says="what is shipped can be cancelled",
        file="src/shoplytics/modules/sales/domain/orders.py",
        old='    Move.CANCEL: {"created": "cancelled",',
        new='    Move.CANCEL: {"shipped": "cancelled", "created": "cancelled",',
        test=f"{PROOF}TestTheTable::test_is_the_only_way",
    ),
    Mutant(
        promise="I8",
        says="an order is read, judged and moved without holding it",
        file="src/shoplytics/adapters/postgres/sales/moving.py",
        old="""    where id = any($1::uuid[]) and ($2::uuid is null or store_id = $2) and deleted_at is null
    order by id for no key update
""",
        new="""    where id = any($1::uuid[]) and ($2::uuid is null or store_id = $2) and deleted_at is null
    order by id
""",
        test=f"{PROOF}TestTwoAtOnce::test_shipped_and_cancelled_is_one_of_both",
    ),
    Mutant(
        promise="I8",
        says="a cancelled order keeps what it had taken",
        file="src/shoplytics/modules/sales/service/returning.py",
        old="        if lines:\n",
        new="        if lines and reason != 'cancelled':\n",
        test=f"{PROOF}TestTwoAtOnce::test_cancelled_and_paid_is_cancelled_with_its_goods_on_the_shelf",
    ),
    Mutant(
        promise="I8",
        says="what was refunded can be refunded again",
        file="src/shoplytics/modules/sales/service/refunding.py",
        old="        whole = order.refunded == order.total\n        detail",
        new="        whole = False\n        detail",
        test=f"{PROOF}TestTwoAtOnce::test_shipped_and_refunded_is_refunded_once",
    ),
]

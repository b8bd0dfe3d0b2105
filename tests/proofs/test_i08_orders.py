"""I8: an order moves as its table says and no other way, each move once, with its row in the history."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.modules.catalog.merchants import Merchant
from tests.modules.sales.ordering import offer_of
from tests.proofs.audit import audit
from tests.proofs.pair import Pair, begin, decide, verify
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
# A payment is begun on the way to all but the first: so that it can be left whatever has become of its order.
WAYS = {
    "created": (),
    "pending": ("attempt",),
    "processing": ("attempt", "pay"),
    "shipped": ("attempt", "pay", "ship"),
    "completed": ("attempt", "pay", "ship", "complete"),
    "cancelled": ("attempt", "pay", "cancel"),
    "refunded": ("attempt", "pay", "refund"),
}
PATHS = {"pay": "mark-paid", "refund": "refunds"}
STOCK = 100


@dataclass(kw_only=True)
class Order:
    """As its shopper knows it: `payment` is the attempt that was begun."""

    checkout: Any
    offer: str
    payment: Any = None

    @property
    def id(self) -> str:
        return str(self.checkout["orders"][0]["id"])

    @property
    def path(self) -> str:
        """Below the store's."""
        return f"/orders/{self.id}"


class Counter:
    """A shop and its shoppers, each request at the next of two processes."""

    def __init__(self, pair: Pair, merchant: Merchant) -> None:
        self.pair = pair
        self.merchant = merchant

    async def place(self, quantity: int = 1) -> Order:
        product = await self.merchant.product(price="5.00", quantity=STOCK)
        (orderer,) = self.pair.orderers(1)
        await orderer.add(product, quantity)
        return Order(checkout=await orderer.order(), offer=str(offer_of(product)))

    async def do(self, order: Order, event: str) -> httpx.Response | None:
        """None where nobody can ask for it: nothing was begun that could be given up."""
        if event == "attempt":
            answer = await begin(self.pair.turns, order.checkout)
            order.payment = answer.json() if answer.is_success else order.payment
            return answer
        if event == "give_up":
            if order.payment is None:
                return None
            await decide(self.pair.turns, order.payment, "abandon")
            return await verify(self.pair.turns, order.checkout, order.payment)
        sent: dict[str, object] | None = None if event == "complete" else {}
        return await self.merchant.attempt("POST", f"{order.path}/{PATHS.get(event, event)}", sent)

    async def by_hand(self, order: Order) -> httpx.Response:
        """Staff say that it is paid."""
        return await self.merchant.attempt("POST", f"{order.path}/mark-paid", {})

    async def in_state(self, state: str) -> Order:
        order = await self.place()
        for event in WAYS[state]:
            await self.do(order, event)
        assert (await self.look(order))["status"] == state
        return order

    async def paid(self, count: int) -> list[Order]:
        orders = [await self.place() for _ in range(count)]
        for order in orders:
            await self.do(order, "pay")
        return orders

    async def look(self, order: Order) -> Any:  # noqa: ANN401 - JSON
        return await self.merchant.send("GET", order.path)

    async def stock(self, order: Order) -> tuple[int, int]:
        return await self.pair.stock(order.offer)

    async def rows(self, order: Order) -> int:
        """How many deeds of staff the audit log has of it, of those that sales writes."""
        found = await self.pair.rows(
            "select from tenancy_audit where target = $1 and action <> 'orders.mark-paid'",
            f"order:{order.id}",
        )
        return len(found)


@pytest.fixture
async def counter(pair: Pair) -> Counter:
    return Counter(pair, await pair.shop())


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


def _answered(answer: httpx.Response | None, what: str, event: str, *, legal: bool) -> list[str]:
    """What is wrong with it. An attempt may be left whenever: only its order may not mind."""
    if answer is None or (event == "give_up" and answer.is_success):
        return []
    code = "nothing_to_pay" if event in ("attempt", "pay") else "illegal_transition"
    good = answer.is_success if legal else answer.status_code == 409 and answer.json()["code"] == code
    return [] if good else [f"{what}: {answer.status_code} {answer.text[:200]}"]


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
                wrong += _answered(answer, f"{state}, {event}", event, legal=legal)
                if not legal and after != before:
                    wrong.append(f"{state}, {event}: it changed")
        account("I8", pairs=pairs)
        assert wrong == []

    async def test_leaves_a_row_of_each_deed_of_staff(self, counter: Counter) -> None:
        order = await counter.in_state("completed")
        assert await counter.rows(order) == 2
        done = await counter.look(order)
        staff = f"user:{counter.merchant.account.user_id}"
        assert [one["actor"] for one in done["history"]] == ["anonymous", "anonymous", staff, staff, staff]
        await counter.do(order, "cancel")
        assert await counter.rows(order) == 2

    async def test_gives_back_nothing_that_was_not_paid(self, counter: Counter) -> None:
        order = await counter.in_state("created")
        await counter.do(order, "cancel")
        answer = await counter.do(order, "refund")
        assert answer is not None
        assert (answer.status_code, answer.json()["code"]) == (409, "refund_exceeds_paid")


class TestTwoAtOnce:
    async def _race(self, counter: Counter, orders: Sequence[Order], *events: str) -> list[tuple[int, ...]]:
        """What each of the events was answered, order by order; none of it may be a fault of ours.

        Of the first order the last event comes first for certain.
        """

        async def at_once(order: Order) -> tuple[int, ...]:
            answers = await asyncio.gather(*(counter.do(order, event) for event in events))
            return tuple(answer.status_code for answer in answers if answer is not None)

        first = [await counter.do(orders[0], event) for event in reversed(events)]
        found = [tuple(answer.status_code for answer in reversed(first) if answer is not None)]
        for start in range(1, len(orders), 10):
            found += await asyncio.gather(*(at_once(order) for order in orders[start : start + 10]))
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
            assert await counter.stock(order) == (STOCK, 0)
        account("I8", cancelled_and_paid=len(orders), paid_first=sum(paid < 400 for _, paid in found))

    async def test_shipped_and_cancelled_is_one_of_both(self, counter: Counter) -> None:
        orders = await counter.paid(size(8, 200))
        found = await self._race(counter, orders, "ship", "cancel")
        for order, pair in zip(orders, found, strict=True):
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert sorted(pair) == [200, 409]
            assert done["status"] == ("shipped" if pair[0] == 200 else "cancelled")
        account("I8", shipped_or_cancelled=len(orders), shipped=sum(pair[0] == 200 for pair in found))

    async def test_shipped_and_refunded_is_refunded_once(self, counter: Counter) -> None:
        orders = await counter.paid(size(8, 200))
        found = await self._race(counter, orders, "ship", "refund", "refund")
        for order, (shipped, *refunds) in zip(orders, found, strict=True):
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert (done["status"], sorted(refunds), len(done["refunds"])) == ("refunded", [201, 409], 1)
            assert done["refunded"] == done["total"]
            assert done["fulfilment_status"] == ("fulfilled" if shipped == 200 else "unfulfilled")
        account("I8", shipped_and_refunded=len(orders), shipped=sum(pair[0] == 200 for pair in found))

    async def test_settled_several_times_is_paid_once(self, counter: Counter) -> None:
        """By everybody who asks what became of the payment, and by staff who record it by hand."""
        orders = [await counter.place() for _ in range(size(4, 50))]
        turns, by_hand = counter.pair.turns, 0
        for order in orders:
            await counter.do(order, "attempt")
            await decide(turns, order.payment, "pay")
            asked = [verify(turns, order.checkout, order.payment) for _ in range(3)]
            hand, *told = await asyncio.gather(counter.by_hand(order), *asked)
            by_hand += hand.is_success
            assert {answer.json()["status"] for answer in told} == {"late" if hand.is_success else "settled"}
            assert hand.is_success or hand.json()["code"] == "nothing_to_pay"
            done = await counter.look(order)
            assert off_the_path(done) == []
            assert [one["kind"] for one in done["history"]].count("pay") == 1
            assert await counter.stock(order) == (STOCK - 1, 0)
        assert await audit(counter.pair.owner) == []
        account("I8", settled_several_times=len(orders), by_hand=by_hand)


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
        says="a payment is read, judged and settled without holding it",
        file="src/shoplytics/adapters/postgres/payments/records.py",
        old="where id = $1 for update",
        new="where id = $1",
        test=f"{PROOF}TestTwoAtOnce::test_settled_several_times_is_paid_once",
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

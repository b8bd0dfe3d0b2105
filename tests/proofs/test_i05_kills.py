"""I2, I5 and I7 with `kill -9` of an API process in mid-checkout and in mid-settlement.

A process is killed at named points of its work, with the shopper's request unanswered. What it leaves is
audited; then the shopper asks the other process with the same key, and what that leaves is audited, too.
"""

import asyncio
import random
from typing import Any

import httpx
import pytest

from tests.modules.catalog.merchants import Merchant
from tests.modules.sales.ordering import ADDRESS, CHECKOUT, EMAIL, Orderer, offer_of
from tests.proofs.audit import audit
from tests.proofs.kills import KEY, Stubborn, doomed, served, stubborn, stubborn_by
from tests.proofs.pair import Pair, begin, by_token, decide, verify
from tests.proofs.proof import FULL, Mutant, account, size

# What is on its way to PostgreSQL, or from it, when the process dies; in the order of the work.
COMMIT, COMMITTED = b"commit\x00", b"COMMIT\x00"
AT_CHECKOUT = {
    "the key is asked about": b"from platform_idempotency",
    "discounts are used": b"insert into sales_discount_use",
    "stock is held": b"insert into catalog_reservation",
    "the order is written": b"insert into sales_order_line",
    "the answer is kept": b"insert into platform_idempotency",
    "events are written": b"insert into platform_outbox",
    "it is committed": COMMIT,
    "it is answered": COMMITTED,
}
AT_SETTLEMENT = {
    "the payment is locked": b"from payments_payment where id = $1 for update",
    "stock is sold": b"insert into catalog_stock_movement",
    "the order is paid": b"insert into sales_order_history",
    "the payment is settled": b"insert into payments_event",
    "it is committed": COMMIT,
    "it is answered": COMMITTED,
}
AT_BEGINNING = {
    "the key is claimed": b"insert into platform_idempotency",
    "the attempt is written": b"insert into payments_payment",
    "the attempt is committed": COMMIT,
    "the provider is called": COMMITTED,
    "its answer is kept": b"set authorization_url",
    "the shopper's answer is kept": b"update platform_idempotency set status",
}
CLAIM_COMMITTED = 1  # the first commit when a payment begins is that of the key
FEW = frozenset(
    {"the answer is kept", "the attempt is committed", "the payment is settled", "it is answered"}
)
UNITS, WANTED = 10, 3


def points(known: dict[str, bytes]) -> list[str]:
    return [name for name in known if FULL or name in FEW]


async def shop_of(pair: Pair) -> tuple[Merchant, Any]:
    """With a product, and a code that may be used once."""
    shop = await pair.shop()
    code = {"title": "Once", "kind": "percent", "percent": "10", "code": "ONCE", "limit_total": 1}
    await shop.send("POST", "/discounts", code, status=201)
    return shop, await shop.product(price="5.00", quantity=UNITS)


async def filled(pair: Pair, cup: object) -> Orderer:
    orderer = Orderer(pair.turns)
    await orderer.add(cup, WANTED)
    await orderer.send("POST", "/discounts", {"code": "ONCE"})
    return orderer


async def check_out(client: httpx.AsyncClient, orderer: Orderer, key: str = "checkout") -> httpx.Response:
    body = {"shipping_address": ADDRESS, "email": EMAIL}
    return await client.post(CHECKOUT, json=body, headers=orderer.headers | {KEY: key})


async def placed(pair: Pair) -> int:
    return len(await pair.rows("select from sales_order"))


class TestKilledInMidCheckout:
    @pytest.mark.parametrize("before", points(AT_CHECKOUT))
    async def test_leaves_all_or_nothing_and_one_order(self, pair: Pair, before: str) -> None:
        """`before`: what it did not come to."""
        _, cup = await shop_of(pair)
        orderer, stands = await filled(pair, cup), int(AT_CHECKOUT[before] == COMMITTED)
        async with doomed(pair) as process:
            await process.killed_at(AT_CHECKOUT[before], check_out(process.client, orderer))
        assert await placed(pair) == stands
        assert await pair.stock(offer_of(cup)) == (UNITS, WANTED * stands)
        assert await audit(pair.owner) == []
        async with stubborn(*pair.addresses) as client:
            answer = await check_out(client, orderer)
            assert answer.status_code == 201, answer.text
            assert ("idempotent-replayed" in answer.headers) == bool(stands)
            again = await check_out(client, orderer)
        assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
        assert await placed(pair) == 1
        assert await pair.stock(offer_of(cup)) == (UNITS, WANTED)
        assert await audit(pair.owner) == []
        account("I5", killed=f"in mid-checkout before {before}", orders=1, stood=stands)


async def ordered(pair: Pair) -> tuple[Any, Any]:
    """A product, and a checkout of it."""
    _, cup = await shop_of(pair)
    answer = await check_out(pair.turns, await filled(pair, cup))
    assert answer.status_code == 201, answer.text
    return cup, answer.json()


async def status_of(pair: Pair, checkout: Any) -> str:  # noqa: ANN401 - JSON
    order = checkout["orders"][0]["id"]
    found = await pair.turns.get(f"/api/v1/orders/{order}", headers=by_token(checkout))
    return str(found.json()["status"])


class TestKilledInMidSettlement:
    @pytest.mark.parametrize("before", points(AT_SETTLEMENT))
    async def test_leaves_all_or_nothing_and_one_sale(self, pair: Pair, before: str) -> None:
        cup, checkout = await ordered(pair)
        payment, stands = (await begin(pair.turns, checkout)).json(), AT_SETTLEMENT[before] == COMMITTED
        assert (await decide(pair.turns, payment, "pay")).status_code == 303
        async with doomed(pair) as process:
            await process.killed_at(AT_SETTLEMENT[before], verify(process.client, checkout, payment))
        assert await status_of(pair, checkout) == ("processing" if stands else "pending")
        assert await audit(pair.owner) == []
        async with stubborn(*pair.addresses) as client:
            found = [(await verify(client, checkout, payment)).json()["status"] for _ in range(2)]
        assert found == ["settled", "settled"]
        assert await status_of(pair, checkout) == "processing"
        assert await pair.stock(offer_of(cup)) == (UNITS - WANTED, 0)
        assert await audit(pair.owner) == []
        account("I5", killed=f"in mid-settlement before {before}", sales=1, stood=int(stands))


class TestKilledWhenAPaymentBegins:
    @pytest.mark.parametrize("before", points(AT_BEGINNING))
    async def test_leaves_one_attempt_that_goes_on(self, pair: Pair, before: str) -> None:
        cup, checkout = await ordered(pair)
        point = AT_BEGINNING[before]
        passed = CLAIM_COMMITTED if point in {COMMIT, COMMITTED} else 0
        async with doomed(pair) as process:
            await process.killed_at(point, begin(process.client, checkout, key="pay"), passed=passed)
        assert await audit(pair.owner) == []
        async with stubborn(*pair.addresses) as client:
            answers = [await begin(client, checkout, key="pay") for _ in range(2)]
            assert [answer.status_code for answer in answers] == [201, 201]
            payment = answers[0].json()
            assert answers[1].json() == payment
            assert (await decide(client, payment, "pay")).status_code == 303
            assert (await verify(client, checkout, payment)).json()["status"] == "settled"
        assert len(await pair.rows("select from payments_payment")) == 1
        assert len(list((pair.settings.home / "sandbox").glob("*.json"))) == 1
        assert await pair.stock(offer_of(cup)) == (UNITS - WANTED, 0)
        assert await audit(pair.owner) == []
        account("I5", killed=f"beginning a payment before {before}", charges=1)


REFUSED = frozenset({"out_of_stock", "discount_used_up", "price_changed"})


class Crowd:
    """Shoppers who check out and pay, whatever becomes of the process that they speak to."""

    def __init__(self, pair: Pair, dice: random.Random) -> None:
        self.pair = pair
        self.dice = dice
        self.answers: list[httpx.Response] = []
        self.answered = 0
        self.doomed_at = 0
        self.dying = asyncio.Event()

    async def carts(self, count: int, goods: list[Any]) -> list[Orderer]:
        made = [Orderer(self.pair.turns) for _ in range(count)]
        for orderer in made:
            for cup in self.dice.sample(goods, self.dice.randint(1, 3)):
                await orderer.add(cup, self.dice.randint(1, 2))
            if self.dice.random() < 0.5:
                await orderer.send("POST", "/discounts", {"code": "FEW"})
        return made

    async def buy(self, client: httpx.AsyncClient, orderer: Orderer, key: str) -> None:
        answer = await check_out(client, orderer, key)
        self._note()
        self.answers.append(answer)
        if answer.status_code != 201 or not FULL:
            return
        checkout = answer.json()
        payment = (await begin(client, checkout, key=f"{key}-pay")).json()
        self._note()
        assert (await decide(client, payment, "pay")).status_code in (303, 409)
        assert (await verify(client, checkout, payment)).json()["status"] == "settled"
        self._note()

    def _note(self) -> None:
        self.answered += 1
        if self.answered >= self.doomed_at:
            self.dying.set()

    async def killed_among(self, orderers: list[Orderer], name: str) -> int:
        """All buy at once, half of them at a process that is killed; how many requests that cut off."""
        self.dying.clear()
        self.answered, self.doomed_at = 0, self.dice.randint(1, len(orderers))
        async with served(self.pair.settings) as (api, _):
            ways = (api.address, self.pair.addresses[0])
            there, back = Stubborn(*ways), Stubborn(*reversed(ways))
            async with stubborn_by(there) as one, stubborn_by(back) as other:
                work = [
                    asyncio.ensure_future(self.buy((one, other)[n % 2], orderer, f"{name}-{n}"))
                    for n, orderer in enumerate(orderers)
                ]
                await self.dying.wait()
                api.kill()
                await asyncio.wait(work)
                await asyncio.gather(*work)
        return there.cut_off + back.cut_off


class TestKilledUnderLoad:
    async def test_loses_and_doubles_nothing(self, pair: Pair) -> None:
        kills, buyers, limit = size(1, 10), size(16, 32), size(4, 40)
        crowd = Crowd(pair, random.Random(5))  # noqa: S311 - repeatable
        shop = await pair.shop()
        code = {"title": "Few", "kind": "percent", "percent": "10", "code": "FEW", "limit_total": limit}
        await shop.send("POST", "/discounts", code, status=201)
        scarce, cut_off = size(6, 20), 0
        for number in range(kills):
            goods = [await shop.product(price="5.00", quantity=scarce, title=f"Cup {n}") for n in range(4)]
            orderers = await crowd.carts(buyers, goods)
            cut_off += await crowd.killed_among(orderers, f"kill-{number}")
            assert await audit(pair.owner) == []
        good = [answer for answer in crowd.answers if answer.status_code == 201]
        assert {a.json()["code"] for a in crowd.answers if a.status_code != 201} <= REFUSED
        assert good
        assert len(crowd.answers) == kills * buyers
        assert await placed(pair) == len(good) == len({answer.content for answer in good})
        kept = await pair.rows("select from platform_idempotency where key not like '%-pay'")
        assert len(kept) == len(good)
        account("I5", what="killed under load", kills=kills, buyers=kills * buyers, orders=len(good),
                cut_off=cut_off)  # fmt: skip


PROOF = "test_i05_kills.py::"
CHECKOUTS = f"{PROOF}TestKilledInMidCheckout::test_leaves_all_or_nothing_and_one_order"
SETTLEMENTS = f"{PROOF}TestKilledInMidSettlement::test_leaves_all_or_nothing_and_one_sale"
HALF_WAY = 'await self._work.raw.execute("commit; begin; set local role shop_system")\n'
RESERVATIONS = "src/shoplytics/adapters/postgres/catalog/reservations.py"
LATER = """
        async def later() -> None:
            async with self._work.independent() as own:
                await own.raw.execute({what})
                await own.commit()

"""
MUTANTS = [
    Mutant(
        promise="I2",
        says="what an order takes is committed before the order",
        file=RESERVATIONS,
        old="        rows = await self._work.raw.fetch(RESERVE, references, *_columns(lines), now)\n",
        new="        rows = await self._work.raw.fetch(RESERVE, references, *_columns(lines), now)\n"
        f"        {HALF_WAY}",
        test=CHECKOUTS,
    ),
    Mutant(
        promise="I2",
        says="what an order takes leaves the shelf before it is paid",
        file=RESERVATIONS,
        old="        rows = await self._work.raw.fetch(COMMIT, list(references), now, actor)\n",
        new="        rows = await self._work.raw.fetch(COMMIT, list(references), now, actor)\n"
        f"        {HALF_WAY}",
        test=SETTLEMENTS,
    ),
    Mutant(
        promise="I5",
        says="the answer is kept after the commit",
        file="src/shoplytics/api/edge.py",
        old="""                if self._replay is not None and self._start is not None:
                    await self._replay.keep(self._start["status"], self._start["headers"], body)
                if work is not None:
                    await work.commit()
""",
        new="""                if work is not None:
                    await work.commit()
                    await self._exchange.close()
                if self._replay is not None and self._start is not None:
                    await self._replay.keep(self._start["status"], self._start["headers"], body)
                if work is not None and self._exchange.work is not None:
                    work = self._exchange.work
                    await work.commit()
""",
        test=CHECKOUTS,
    ),
    Mutant(
        promise="I5",
        says="what was ordered stays in the cart",
        file="src/shoplytics/adapters/postgres/sales/placing.py",
        old="        delete from sales_cart_line where cart_id = $9\n",
        new="        delete from sales_cart_line where cart_id = $9 and quantity = 0\n",
        test=CHECKOUTS,
    ),
    Mutant(
        promise="I5",
        says="events are written after the commit",
        file="src/shoplytics/adapters/postgres/outbox.py",
        old="        rows = rows_of(events, self._routes, job_id=self._job_id)\n",
        new="        found = rows_of(events, self._routes, job_id=self._job_id)\n"
        + LATER.format(what="ADD, *[list(column) for column in zip(*found, strict=True)]")
        + "        if found:\n            self._work.after_commit(later)\n        rows = found[:0]\n",
        test=CHECKOUTS,
    ),
    Mutant(
        promise="I5",
        says="orders are paid before their payment is",
        file="src/shoplytics/modules/payments/service/settling.py",
        old="            await unit.payments.save(payment, before=before, actor=actor, facts=said.facts)\n",
        new="            await unit.commit()\n        async with self._units.open() as unit:\n"
        "            await unit.payments.save(payment, before=before, actor=actor, facts=said.facts)\n",
        test=SETTLEMENTS,
    ),
]

"""I2 over HTTP, and I7: never more sold, and no discount used more often, than there is, by two processes."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from shoplytics.bootstrap.checkout import order_expiry
from shoplytics.kernel.access import DbRole
from shoplytics.settings import Settings
from tests.apps import client_of, serving
from tests.builders import register
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.ordering import Orderer, change, offer_of, stock_of
from tests.proofs.proof import Mutant, account, size
from tests.proofs.test_i02_stock import WRONG

CLIENTS = size(8, 32)
# Orders whose uses are not counted, or counted twice.
MISCOUNTED = """
    select d.id from sales_discount d
    where d.used <> (select count(*) from sales_discount_use u where u.discount_id = d.id)
        or d.used > d.limit_total
    union all
    select s.discount_id from sales_discount_shopper s
    where s.used <> (select count(*) from sales_discount_use u
        where u.discount_id = s.discount_id and s.shopper = any(u.shoppers))
"""


class Shops:
    """Two API processes on one database."""

    def __init__(self, clients: Sequence[httpx.AsyncClient], infra: Any) -> None:  # noqa: ANN401 - of a process
        self.clients = clients
        self.infra = infra

    async def rows(self, sql: str) -> list[Any]:
        pool = await self.infra.database.pool(DbRole.SYSTEM)
        return list(await pool.fetch(sql))

    async def expire(self) -> None:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            await order_expiry(self.infra, work).free_stock()
            await work.commit()


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[tuple[Shops, Merchant]]:
    async with (
        serving(settings, process=0) as first,
        serving(settings, process=1) as second,
        client_of(first) as one,
        client_of(second) as other,
    ):
        yield Shops((one, other), first.parts.infra), await open_shop(one)


async def by_turns(work: Sequence[Callable[[], Awaitable[httpx.Response]]]) -> list[httpx.Response]:
    """So many at a time."""
    free = asyncio.Semaphore(CLIENTS)

    async def one(deed: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        async with free:
            return await deed()

    return await asyncio.gather(*(one(deed) for deed in work))


def counted(answers: Sequence[httpx.Response]) -> Counter[str]:
    return Counter(str(a.json().get("code", a.status_code)) for a in answers)


class TestCheckout:
    async def test_sells_exactly_what_there_is(self, settings: Settings, owner_url: str) -> None:
        buyers, units = size(40, 500), size(8, 100)
        async with two_processes(settings) as (shops, shop):
            cup = await shop.product(price="5.00", quantity=units)
            orderers = [Orderer(shops.clients[n % 2]) for n in range(buyers)]
            for orderer in orderers:
                await orderer.add(cup)
            answers = await by_turns([orderer.try_order for orderer in orderers])
            found = counted(answers)
            assert found == {"201": units, "out_of_stock": buyers - units}
            assert await stock_of(shops.infra, offer_of(cup)) == (units, units)
            assert await shops.rows(WRONG) == []
            await change(owner_url, "update sales_order set held_until = now() - interval '1 second'")
            await asyncio.gather(shops.expire(), shops.expire(), shops.expire())
            assert await stock_of(shops.infra, offer_of(cup)) == (units, 0)
            assert await shops.rows(WRONG) == []
        account("I2", what="checkouts over HTTP, two processes", buyers=buyers, units=units, **found)

    async def test_of_several_lines_ends_in_no_deadlock(self, settings: Settings) -> None:
        carts, goods = size(24, 200), size(8, 20)
        dice = random.Random(2)  # noqa: S311 - not for secrets
        async with two_processes(settings) as (shops, shop):
            cups = [await shop.product(price="5.00", quantity=6, title=f"Cup {n}") for n in range(goods)]
            orderers = [Orderer(shops.clients[n % 2]) for n in range(carts)]
            for orderer in orderers:
                for cup in dice.sample(cups, 4):
                    await orderer.add(cup)
            found = counted(await by_turns([orderer.try_order for orderer in orderers]))
            assert set(found) <= {"201", "out_of_stock"}
            assert found["201"]
            assert await shops.rows(WRONG) == []
        account("I2", what="carts of four lines over HTTP", carts=carts, **found)


class TestDiscounts:
    async def test_are_used_no_more_often_than_they_allow(self, settings: Settings) -> None:
        users, checkouts, limit = size(8, 20), size(24, 64), 5
        async with two_processes(settings) as (shops, shop):
            cup = await shop.product(price="5.00", quantity=1000)
            code = {"title": "Few", "kind": "percent", "percent": "10", "code": "FEW", "limit_total": limit}
            made = await shop.send("POST", "/discounts", code, status=201)
            orderers = [Orderer(shops.clients[n % 2], await register(shops.clients[0])) for n in range(users)]
            for orderer in orderers:
                await orderer.add(cup)
                await orderer.send("POST", "/discounts", {"code": "FEW"})
            expected = {"amount": "4.50", "currency": "GBP"}

            def asked(orderer: Orderer) -> Callable[[], Awaitable[httpx.Response]]:
                return lambda: orderer.try_order(expected_total=expected)

            answers = await by_turns([asked(orderers[n % users]) for n in range(checkouts)])
            found = counted(answers)
            assert found["201"] == limit
            assert set(found) <= {"201", "price_changed", "discount_used_up", "empty_cart"}
            assert await shops.rows(MISCOUNTED) == []
            first = next(a.json() for a in answers if a.status_code == 201)
            cancelled = await shops.clients[1].post(
                f"/api/v1/orders/{first['orders'][0]['id']}/cancel",
                headers={"X-Order-Token": first["order_token"]},
            )
            assert cancelled.status_code == 200, cancelled.text
            assert (await shop.send("GET", f"/discounts/{made['id']}"))["used"] == limit - 1
            assert await shops.rows(MISCOUNTED) == []
        account("I7", checkouts=checkouts, users=users, limit=limit, **found)


class TestKeys:
    async def test_of_a_checkout_have_one_effect(self, settings: Settings) -> None:
        at_once, after = size(8, 32), size(5, 50)
        async with two_processes(settings) as (shops, shop):
            cup = await shop.product(price="5.00", quantity=1000)
            orderer = Orderer(shops.clients[0])
            await orderer.add(cup, 2)
            twin = Orderer(shops.clients[1])
            twin.token = orderer.token
            both = (orderer, twin)
            answers = await asyncio.gather(*(both[n % 2].try_order(key="checkout") for n in range(at_once)))
            found = counted(answers)
            assert set(found) <= {"201", "request_in_flight"}
            answers += [await both[n % 2].try_order(key="checkout") for n in range(after)]
            bodies = {answer.content for answer in answers if answer.status_code == 201}
            assert len(bodies) == 1
            assert await stock_of(shops.infra, offer_of(cup)) == (1000, 2)
            assert len(await shops.rows("select from sales_order")) == 1
            order = answers[-1].json()
            headers = {"X-Order-Token": order["order_token"], "Idempotency-Key": "cancel"}
            path = f"/api/v1/orders/{order['orders'][0]['id']}/cancel"
            ends = await asyncio.gather(
                *(shops.clients[n % 2].post(path, headers=headers) for n in range(at_once))
            )
            ends += [await shops.clients[n % 2].post(path, headers=headers) for n in range(after)]
            assert set(counted(ends)) <= {"200", "request_in_flight"}
            assert len({answer.content for answer in ends if answer.status_code == 200}) == 1
            kinds = await shops.rows("select kind from sales_order_history order by position")
            assert [row["kind"] for row in kinds] == ["placed", "cancel"]
            assert await stock_of(shops.infra, offer_of(cup)) == (1000, 0)
        account("I5", what="checkout and cancel, one key, two processes", requests=2 * (at_once + after))


PROOF = "test_i02_checkout.py::"
PLACING = "src/shoplytics/adapters/postgres/sales/placing.py"
MUTANTS = [
    Mutant(
        promise="I2",
        says="a checkout goes on with what is short",
        file="src/shoplytics/modules/sales/service/checkout.py",
        old="        if short:\n",
        new="        if False:\n",
        test=f"{PROOF}TestCheckout::test_sells_exactly_what_there_is",
    ),
    Mutant(
        promise="I2",
        says="what lapses is held for ever",
        file="src/shoplytics/modules/sales/service/cancelling.py",
        old="            await self._stock.release(late)\n",
        new="            pass\n",
        test=f"{PROOF}TestCheckout::test_sells_exactly_what_there_is",
    ),
    Mutant(
        promise="I7",
        says="a discount's uses are judged by what was read before",
        file=PLACING,
        old="d.used < coalesce(d.limit_total, d.used + 1) as free",
        new="true as free",
        test=f"{PROOF}TestDiscounts::test_are_used_no_more_often_than_they_allow",
    ),
    Mutant(
        promise="I7",
        says="what a cancelled order used stays used",
        file="src/shoplytics/modules/sales/service/cancelling.py",
        old="        await self._orders.give_back_discounts(orders, now=self._clock())\n",
        new="",
        test=f"{PROOF}TestDiscounts::test_are_used_no_more_often_than_they_allow",
    ),
    Mutant(
        promise="I5",
        says="the key of a checkout is not asked about",
        file="src/shoplytics/modules/sales/routes/checkout.py",
        old="idempotent=True, secret=True",
        new="secret=True",
        test=f"{PROOF}TestKeys::test_of_a_checkout_have_one_effect",
    ),
    Mutant(
        promise="I5",
        says="the key of a cancellation is not asked about",
        file="src/shoplytics/modules/sales/routes/buyer.py",
        old="permission=OWN_ORDERS, status_code=200, idempotent=True",
        new="permission=OWN_ORDERS, status_code=200",
        test=f"{PROOF}TestKeys::test_of_a_checkout_have_one_effect",
    ),
]

"""I2, I5 and I7 over HTTP: never more sold, nor a discount used more often, than there is, and once a key."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.builders import register
from tests.modules.sales.ordering import Orderer, offer_of
from tests.proofs.audit import audit
from tests.proofs.pair import Pair, by_token, by_turns, counted
from tests.proofs.proof import FULL, Mutant, account, size

CROWDS = [(30, 5), (500, 100)] if FULL else [(30, 5)]


class TestCheckout:
    @pytest.mark.parametrize(("buyers", "units"), CROWDS)
    async def test_sells_exactly_what_there_is(self, pair: Pair, buyers: int, units: int) -> None:
        shop = await pair.shop()
        cup = await shop.product(price="5.00", quantity=units)
        orderers = pair.orderers(buyers)
        await asyncio.gather(*(orderer.add(cup) for orderer in orderers[:2]))
        await by_turns([added(orderer, cup) for orderer in orderers[2:]])
        found = counted(await by_turns([orderer.try_order for orderer in orderers]))
        assert found == {"201": units, "out_of_stock": buyers - units}
        assert await pair.stock(offer_of(cup)) == (units, units)
        assert await audit(pair.owner) == []
        await pair.lapse()
        assert await pair.stock(offer_of(cup)) == (units, 0)
        assert await audit(pair.owner) == []
        account("I2", what="checkouts by two processes", buyers=buyers, units=units, **found)

    async def test_of_several_lines_ends_in_no_deadlock(self, pair: Pair) -> None:
        carts, goods = size(24, 200), size(8, 20)
        dice = random.Random(2)  # noqa: S311 - not for secrets
        shop = await pair.shop()
        cups = [await shop.product(price="5.00", quantity=6, title=f"Cup {n}") for n in range(goods)]
        orderers = pair.orderers(carts)
        for orderer in orderers:
            for cup in dice.sample(cups, 4):
                await orderer.add(cup)
        found = counted(await by_turns([orderer.try_order for orderer in orderers]))
        assert set(found) <= {"201", "out_of_stock"}
        assert found["201"]
        assert await audit(pair.owner) == []
        account("I2", what="carts of four lines by two processes", carts=carts, **found)


def added(orderer: Orderer, product: object) -> Callable[[], Awaitable[httpx.Response]]:
    async def add() -> httpx.Response:
        body = {"variant_id": product["variants"][0]["id"], "quantity": 1}  # type: ignore[index]  # JSON
        return await orderer.attempt("POST", "/items", body)

    return add


class TestDiscounts:
    async def test_are_used_no_more_often_than_they_allow(self, pair: Pair) -> None:
        users, checkouts, limit = size(8, 20), size(24, 64), 5
        shop = await pair.shop()
        cup = await shop.product(price="5.00", quantity=1000)
        code = {"title": "Few", "kind": "percent", "percent": "10", "code": "FEW", "limit_total": limit}
        made = await shop.send("POST", "/discounts", code, status=201)
        orderers = [Orderer(pair.clients[n % 2], await register(pair.turns)) for n in range(users)]
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
        assert await audit(pair.owner) == []
        first = next(a.json() for a in answers if a.status_code == 201)
        path = f"/api/v1/orders/{first['orders'][0]['id']}/cancel"
        cancelled = await pair.clients[1].post(path, headers=by_token(first))
        assert cancelled.status_code == 200, cancelled.text
        assert (await shop.send("GET", f"/discounts/{made['id']}"))["used"] == limit - 1
        assert await audit(pair.owner) == []
        account("I7", checkouts=checkouts, users=users, limit=limit, **found)

    async def test_are_used_no_more_often_than_a_shopper_may(self, pair: Pair) -> None:
        orders, limit = size(6, 32), 2
        shop = await pair.shop()
        cup = await shop.product(price="5.00", quantity=1000)
        code = {"title": "Own", "kind": "percent", "percent": "10", "code": "OWN", "limit_per_shopper": limit}
        await shop.send("POST", "/discounts", code, status=201)
        orderers = pair.orderers(orders)  # guests with one and the same address
        for orderer in orderers:
            await orderer.add(cup)
            await orderer.send("POST", "/discounts", {"code": "OWN"})
        expected = {"amount": "4.50", "currency": "GBP"}

        def asked(orderer: Orderer) -> Callable[[], Awaitable[httpx.Response]]:
            return lambda: orderer.try_order(expected_total=expected)

        found = counted(await by_turns([asked(orderer) for orderer in orderers]))
        assert found["201"] == limit
        assert set(found) <= {"201", "price_changed", "discount_used_up"}
        assert await audit(pair.owner) == []
        account("I7", orders=orders, limit_per_shopper=limit, **found)


class TestKeys:
    async def test_of_a_checkout_have_one_effect(self, pair: Pair) -> None:
        at_once, after = size(8, 32), size(5, 50)
        shop = await pair.shop()
        cup = await shop.product(price="5.00", quantity=1000)
        both = pair.orderers(2)
        await both[0].add(cup, 2)
        both[1].token = both[0].token
        answers = await asyncio.gather(*(both[n % 2].try_order(key="checkout") for n in range(at_once)))
        found = counted(answers)
        assert set(found) <= {"201", "request_in_flight"}
        answers += [await both[n % 2].try_order(key="checkout") for n in range(after)]
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
        assert await pair.stock(offer_of(cup)) == (1000, 2)
        assert len(await pair.rows("select from sales_order")) == 1
        other = await both[1].try_order(key="checkout", note="Another body")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        order = answers[-1].json()
        headers = by_token(order) | {"Idempotency-Key": "cancel"}
        path = f"/api/v1/orders/{order['orders'][0]['id']}/cancel"
        ends = await asyncio.gather(
            *(pair.clients[n % 2].post(path, headers=headers) for n in range(at_once))
        )
        ends += [await pair.clients[n % 2].post(path, headers=headers) for n in range(after)]
        assert set(counted(ends)) <= {"200", "request_in_flight"}
        assert len({answer.content for answer in ends if answer.status_code == 200}) == 1
        kinds = await pair.rows("select kind from sales_order_history order by position")
        assert [row["kind"] for row in kinds] == ["placed", "cancel"]
        assert await pair.stock(offer_of(cup)) == (1000, 0)
        assert await audit(pair.owner) == []
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

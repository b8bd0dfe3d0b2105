"""I1, the half that counts: lines, discounts, shipping and taxes sum to what is charged, to the unit."""

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings

from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import CartLine, Discount, ShippingRate, TaxRate, price
from tests.modules.catalog.merchants import Merchant
from tests.modules.sales.any_carts import DISCOUNTS, LINES, SHIPPING, TAXES, parts_of
from tests.modules.sales.ordering import ADDRESS, EMAIL, Orderer
from tests.proofs.audit import audit
from tests.proofs.pair import Pair, begin, by_turns, decide, verify
from tests.proofs.proof import Mutant, account, size

EXPONENTS = {"JPY": 0, "NGN": 2, "KWD": 3}
EXAMPLES = size(170, 3334)
"""Of each currency: 10,000 in all."""
CODES = [f"{kind}{place}" for place in range(2) for kind in ("PERCENT", "AMOUNT", "FREE", "ALONE")]


class TestPrices:
    @pytest.mark.parametrize("currency", EXPONENTS)
    def test_are_the_sum_of_their_parts_to_the_unit(self, currency: str) -> None:
        tried: list[int] = []

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(LINES, DISCOUNTS, SHIPPING, TAXES)
        def holds(
            lines: list[CartLine],
            discounts: list[Discount],
            post: ShippingRate | None,
            taxes: list[TaxRate],
        ) -> None:
            tried.append(len(lines))
            priced = price(lines, discounts=discounts, shipping=post, taxes=taxes)
            assert priced.total == parts_of(priced)
            assert priced.tax == sum(one.tax for one in priced.lines) + priced.shipping_tax
            inside = sum(one.tax_included for one in priced.lines) + priced.shipping_tax_included
            assert priced.tax_included == inside
            assert sum(one.amount for one in priced.discounts) == priced.discount <= priced.gross
            assert all(0 <= one.discount <= one.line.gross for one in priced.lines)
            assert all(0 <= one.tax_included <= one.tax for one in priced.lines)
            assert priced.total >= 0
            shown = [Money(one.total, currency).amount for one in priced.lines]
            shown.append(Money(priced.total - sum(one.total for one in priced.lines), currency).amount)
            assert sum(Money.parse(text, currency).minor for text in shown) == priced.total

        holds()
        account("I1", what=f"random carts in {currency}", carts=len(tried), lines=sum(tried))


@dataclass(frozen=True, kw_only=True)
class Market:
    """Two shops of one currency, with everything that makes a price."""

    pair: Pair
    currency: str
    dice: random.Random
    goods: list[Any]

    async def buy(self, orderer: Orderer) -> httpx.Response:
        """A cart as it comes, ordered and paid; the payment, or the order where nothing is to be paid."""
        chosen = self.dice.sample(self.goods, self.dice.randint(1, 6))
        for product in chosen:
            await orderer.add(product, self.dice.randint(1, 20))
        shops = {product["title"][-1] for product in chosen}
        codes = [code for code in CODES if code[-1] in shops]
        for code in self.dice.sample(codes, self.dice.randint(0, 3)):
            await orderer.send("POST", "/discounts", {"code": code})
        home = ADDRESS | {"country": self.dice.choice(["NG", "KE", "JP"])}
        answer = await orderer.client.post(
            "/api/v1/checkout", json={"shipping_address": home, "email": EMAIL}, headers=orderer.headers
        )
        assert answer.status_code == 201, answer.text
        checkout = answer.json()
        if not self.minor(checkout["total"]):
            return answer
        payment = (await begin(orderer.client, checkout)).json()
        assert payment["amount"] == checkout["total"]
        await decide(orderer.client, payment, "pay")
        return await verify(orderer.client, checkout, payment)

    def minor(self, money: Any) -> int:  # noqa: ANN401 - JSON
        assert money["currency"] == self.currency
        shifted = Decimal(money["amount"]).scaleb(EXPONENTS[self.currency])
        assert shifted == int(shifted)
        return int(shifted)


async def market_of(pair: Pair, currency: str) -> Market:
    dice = random.Random(currency)  # noqa: S311 - repeatable
    shops = [await pair.shop(currency) for _ in range(2)]
    goods = []
    for place, shop in enumerate(shops):
        await set_up(shop, place, dice)
        for number in range(5):
            amount = text(dice.randint(1, 10 ** dice.randint(1, 6)), currency)
            goods.append(await shop.product(title=f"Good {number} of {place}", price=amount, quantity=10**6))
    return Market(pair=pair, currency=currency, dice=dice, goods=goods)


async def set_up(shop: Merchant, place: int, dice: random.Random) -> None:
    currency = (await shop.send("GET", ""))["currency"]
    percent = f"{dice.randint(1, 40)}.{dice.randint(0, 9999):04}"
    some = text(dice.randint(1, 9999), currency)
    for discount in (
        {"code": f"PERCENT{place}", "kind": "percent", "percent": percent, "combines": True},
        {"code": f"AMOUNT{place}", "kind": "amount", "amount": some, "combines": True},
        {"code": f"FREE{place}", "kind": "free_items", "buy": 2, "get": 1, "combines": True},
        {"code": f"ALONE{place}", "kind": "percent", "percent": "33.3333"},
        {"kind": "percent", "percent": "1.7", "minimum_quantity": 20, "combines": True},
    ):
        await shop.send("POST", "/discounts", {"title": "Off", **discount}, status=201)
    far = text(dice.randint(1, 9999), currency)
    for rate in (
        {"name": "Post", "amount": some, "places": [{"country": "NG"}]},
        {"name": "Ship", "amount": far, "free_from": text(10**6, currency), "places": []},
    ):
        await shop.send("POST", "/shipping-rates", rate, status=201)
    for tax in (
        {"name": "VAT", "percent": "7.5", "inclusive": place == 0, "places": [{"country": "NG"}]},
        {"name": "Levy", "percent": "1.2345", "on_shipping": False, "places": [{"country": "NG"}]},
        {"name": "VAT", "percent": "16", "inclusive": place == 1, "places": [{"country": "KE"}]},
    ):
        await shop.send("POST", "/tax-rates", tax, status=201)


def text(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-EXPONENTS[currency]):f}"


CHARGED = """
    select p.reference, c.total, c.currency, p.amount, p.status from sales_checkout c
    left join payments_payment p on p.checkout_id = c.id where c.total > 0
"""
USED = """
    select count(*) filter (where discount > 0) as discounted,
        count(*) filter (where shipping > 0) as shipped_for_money,
        count(*) filter (where tax > tax_included) as taxed_on_top,
        count(*) filter (where tax_included > 0) as taxed_within
    from sales_order
"""


class TestStoredOrders:
    @pytest.mark.parametrize("currency", EXPONENTS)
    async def test_are_charged_the_sum_of_their_parts(self, pair: Pair, currency: str) -> None:
        carts = size(8, 120)
        market = await market_of(pair, currency)

        def bought(orderer: Orderer) -> Callable[[], Awaitable[httpx.Response]]:
            return lambda: market.buy(orderer)

        answers = await by_turns([bought(orderer) for orderer in pair.orderers(carts)])
        assert {answer.json().get("status", "settled") for answer in answers} == {"settled"}
        assert await audit(pair.owner) == []
        charged = await pair.rows(CHARGED)
        for row in charged:
            kept = json.loads((pair.settings.home / "sandbox" / f"{row['reference']}.json").read_text())
            assert (kept["amount"], kept["currency"]) == (row["total"], currency)
            assert (row["amount"], row["currency"], row["status"]) == (row["total"], currency, "settled")
            assert (pair.settings.home / "sandbox" / f"{row['reference']}.paid").exists()
        (used,) = await pair.rows(USED)
        assert min(used.values()) > 0
        orders = await pair.rows("select from sales_order where status = 'processing'")
        account("I1", what=f"stored carts in {currency}", carts=carts, orders=len(orders),
                charged=len(charged), **dict(used))  # fmt: skip


PROOF = "test_i01_sums.py::"
MUTANTS = [
    Mutant(
        promise="I1",
        says="what rounding leaves over is dropped",
        file="src/shoplytics/modules/sales/domain/spreading.py",
        old="by_remainder[: amount - sum(parts)]",
        new="by_remainder[:0]",
        test=f"{PROOF}TestPrices::test_are_the_sum_of_their_parts_to_the_unit",
    ),
    Mutant(
        promise="I1",
        says="taxes are rounded line by line",
        file="src/shoplytics/modules/sales/domain/pricing.py",
        old="spread(sums[rate.id], base)",
        new="[share(one, rate.rate) for one in base]",
        test=f"{PROOF}TestPrices::test_are_the_sum_of_their_parts_to_the_unit",
    ),
    Mutant(
        promise="I1",
        says="an order's total leaves its shipping out",
        file="src/shoplytics/modules/sales/service/placing.py",
        old="        total=priced.total,\n",
        new="        total=priced.total - priced.shipping,\n",
        test=f"{PROOF}TestStoredOrders::test_are_charged_the_sum_of_their_parts",
    ),
    Mutant(
        promise="I1",
        says="the lines of an order keep their price before discounts",
        file="src/shoplytics/modules/sales/service/placing.py",
        old="        total=part.net,\n",
        new="        total=part.line.gross,\n",
        test=f"{PROOF}TestStoredOrders::test_are_charged_the_sum_of_their_parts",
    ),
]

"""What staff do with their store's orders, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from tests.letters import letters_to
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.orders import Goods, Placed, on_hand, paid, pay, place


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def act(merchant: Merchant, order: Placed, deed: str, status: int = 200, **body: object) -> Any:  # noqa: ANN401 - JSON
    sent = None if deed == "complete" else body
    return await merchant.send("POST", f"{order.path}/{deed}", sent, status=status)


def pieces(*counts: int) -> list[dict[str, int]]:
    """The first so many pieces of each line."""
    return [{"position": place, "quantity": n} for place, n in enumerate(counts, start=1) if n]


def counted(order: Any, name: str) -> list[int]:  # noqa: ANN401 - JSON
    return [line[name] for line in order["lines"]]


class TestShip:
    async def test_goes_in_parts_until_nothing_is_left(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=3), Goods(quantity=1))
        first = await act(
            merchant, order, "ship", lines=pieces(2), tracking_number="TN 1", carrier="Royal Mail"
        )
        assert (first["status"], first["fulfilment_status"]) == ("processing", "partial")
        assert (counted(first, "shipped"), first["fulfilled_at"]) == ([2, 0], None)
        assert [line["fulfilment_status"] for line in first["lines"]] == ["partial", "unfulfilled"]
        last = await act(merchant, order, "ship")
        assert (last["status"], last["fulfilment_status"]) == ("shipped", "fulfilled")
        assert counted(last, "shipped") == [3, 1]
        assert [line["fulfilment_status"] for line in last["lines"]] == ["fulfilled", "fulfilled"]
        assert last["fulfilled_at"] is not None
        assert [parcel["lines"] for parcel in last["fulfilments"]] == [
            [{"position": 1, "quantity": 2}],
            [{"position": 1, "quantity": 1}, {"position": 2, "quantity": 1}],
        ]
        steps = [(one["kind"], one["status_from"], one["status_to"], one["by"]) for one in last["history"]]
        assert steps == [
            ("placed", None, "created", "shopper"),
            ("pay", "created", "processing", "system"),
            ("ship", None, None, "store"),
            ("ship", "processing", "shipped", "store"),
        ]
        assert last["history"][3]["actor"] == f"user:{merchant.account.user_id}"
        await act(merchant, order, "ship", 409)

    async def test_refuses_more_than_is_left(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=3))
        await act(merchant, order, "ship", lines=pieces(2))
        problem = await act(merchant, order, "ship", 409, lines=pieces(2))
        assert (problem["code"], problem["position"], problem["left"]) == ("too_many_pieces", 1, 1)
        wrong = [{"position": 9, "quantity": 1}, *pieces(1), *pieces(1)]
        problem = await act(merchant, order, "ship", 400, lines=wrong)
        assert {one["pointer"]: one["code"] for one in problem["errors"]} == {
            "/lines/0/position": "unknown_line",
            "/lines/2/position": "duplicate",
        }

    async def test_tells_the_buyer_what_is_on_its_way(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2))
        await act(merchant, order, "ship", tracking_number="TN 1", carrier="Royal Mail")
        (letter,) = await letters_to(infra, order.email)
        assert letter.subject == "Your order 1001 from A shop is on its way"
        for told in ("2 x Cup 1", "Royal Mail", "TN 1"):
            assert told in letter.text
            assert told in letter.html


class TestCancel:
    async def test_of_an_unpaid_order_frees_what_it_held(self, infra: Infra, merchant: Merchant) -> None:
        order = await place(infra, merchant, Goods(quantity=2, stock=5))
        assert await on_hand(merchant, order.offers[0]) == (5, 2)
        done = await act(merchant, order, "cancel", reason="no answer")
        assert (done["status"], done["financial_status"]) == ("cancelled", "voided")
        assert (done["cancel_reason"], done["fulfilment_status"]) == ("no answer", "unfulfilled")
        assert await on_hand(merchant, order.offers[0]) == (5, 0)
        assert await pay(infra, order) == "too_late"

    async def test_of_a_paid_order_restocks_it_once(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2, stock=5))
        assert await on_hand(merchant, order.offers[0]) == (3, 0)
        answers = await asyncio.gather(
            *(merchant.attempt("POST", f"{order.path}/cancel", {}) for _ in range(6))
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
        assert await on_hand(merchant, order.offers[0]) == (5, 0)
        done = await merchant.send("GET", order.path)
        assert (done["financial_status"], done["fulfilment_status"]) == ("paid", "restocked")
        back = await act(merchant, order, "refunds", 201)
        assert (back["status"], back["refunded"]["amount"]) == ("refunded", "10.00")

    async def test_keeps_the_goods_off_the_shelf_if_asked(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2, stock=5))
        await act(merchant, order, "cancel", restock=False)
        assert await on_hand(merchant, order.offers[0]) == (3, 0)

    async def test_restocks_only_what_was_not_shipped(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=3, stock=5))
        await act(merchant, order, "ship", lines=pieces(1))
        await act(merchant, order, "refunds", 201, lines=pieces(1), restock=True)
        assert await on_hand(merchant, order.offers[0]) == (3, 0)
        done = await act(merchant, order, "cancel")
        assert (done["fulfilment_status"], await on_hand(merchant, order.offers[0])) == ("partial", (4, 0))


class TestReturn:
    async def test_takes_back_what_was_shipped_and_no_more(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=3, stock=5))
        await act(merchant, order, "returns", 409, lines=pieces(1))
        await act(merchant, order, "ship", lines=pieces(2))
        done = await act(merchant, order, "returns", 201, lines=pieces(1), reason="broken", restock=False)
        assert (counted(done, "returned"), await on_hand(merchant, order.offers[0])) == ([1], (2, 0))
        done = await act(merchant, order, "returns", 201, lines=pieces(1))
        assert await on_hand(merchant, order.offers[0]) == (3, 0)
        told = [(one["reason"], one["restocked"]) for one in done["returns"]]
        assert told == [("broken", False), ("", True)]
        problem = await act(merchant, order, "returns", 409, lines=pieces(1))
        assert (problem["code"], problem["left"]) == ("too_many_pieces", 0)


class TestRefund:
    async def test_of_all_pieces_one_by_one_is_all_they_cost(self, infra: Infra, merchant: Merchant) -> None:
        """3 x 3.33 with 2.00 tax on top: 11.99 do not divide by three."""
        order = await paid(infra, merchant, Goods(quantity=3, price=333, tax=200), shipping=450)
        amounts = []
        for _ in range(3):
            done = await act(merchant, order, "refunds", 201, lines=pieces(1))
            amounts.append(done["refunds"][-1]["amount"]["amount"])
        assert amounts == ["4.00", "4.00", "3.99"]
        assert (done["status"], done["financial_status"]) == ("processing", "partially_refunded")
        await act(merchant, order, "refunds", 409, lines=pieces(1))
        rest = await act(merchant, order, "refunds", 201)
        assert rest["refunds"][-1]["amount"]["amount"] == "4.50"
        assert (rest["status"], rest["financial_status"]) == ("refunded", "refunded")

    async def test_never_exceeds_what_was_paid(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2))
        problem = await act(merchant, order, "refunds", 409, amount="10.01")
        assert problem["code"] == "refund_exceeds_paid"
        assert problem["refundable"] == {"amount": "10.00", "currency": "GBP"}
        answers = await asyncio.gather(
            *(merchant.attempt("POST", f"{order.path}/refunds", {"amount": "3.00"}) for _ in range(8))
        )
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
        done = await merchant.send("GET", order.path)
        assert (done["refunded"]["amount"], len(done["refunds"])) == ("9.00", 3)

    async def test_refuses_what_makes_no_sense(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant)
        for body, pointer, code in (
            ({"amount": "1", "lines": pieces(1)}, "/amount", "not_alone"),
            ({"amount": "0"}, "/amount", "out_of_range"),
            ({"amount": {"amount": "1", "currency": "USD"}}, "/amount", "currency_mismatch"),
            ({"amount": "1", "restock": True}, "/restock", "needs_lines"),
        ):
            problem = await act(merchant, order, "refunds", 400, **body)
            assert {one["pointer"]: one["code"] for one in problem["errors"]} == {pointer: code}

    async def test_puts_back_what_will_not_be_shipped(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=3, stock=5))
        done = await act(merchant, order, "refunds", 201, lines=pieces(2), restock=True)
        assert (done["refunded"]["amount"], await on_hand(merchant, order.offers[0])) == ("10.00", (4, 0))
        assert done["refunds"][-1]["restocked"] is True
        await act(merchant, order, "ship", 409, lines=pieces(2))
        assert (await act(merchant, order, "ship"))["status"] == "shipped"

    async def test_says_that_nothing_went_back_when_nothing_did(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        """As a cancel had put the pieces back, or they were shipped."""
        cancelled, shipped = await paid(infra, merchant), await paid(infra, merchant)
        await act(merchant, cancelled, "cancel", restock=True)
        await act(merchant, shipped, "ship")
        for order in (cancelled, shipped):
            before = await on_hand(merchant, order.offers[0])
            done = await act(merchant, order, "refunds", 201, lines=pieces(1), restock=True)
            assert done["refunds"][-1]["restocked"] is False
            assert await on_hand(merchant, order.offers[0]) == before

    async def test_is_told_to_the_reports_and_the_payments(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant)
        await act(merchant, order, "refunds", 201, amount="1.25")
        customers = await merchant.send("GET", "/customers")
        assert [one["spent"]["amount"] for one in customers["items"]] == ["3.75"]

    async def test_is_made_once_a_key(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant)
        key = {"Idempotency_Key": "refund-1"}
        for _ in range(2):
            await merchant.send("POST", f"{order.path}/refunds", {"amount": "1"}, status=201, **key)
        assert (await merchant.send("GET", order.path))["refunded"]["amount"] == "1.00"


class TestComplete:
    async def test_ends_what_was_shipped_or_needed_no_parcel(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant)
        await act(merchant, order, "ship")
        assert (await act(merchant, order, "complete"))["status"] == "completed"
        fetched = await paid(infra, merchant)
        assert (await act(merchant, fetched, "complete"))["status"] == "completed"
        problem = await act(merchant, fetched, "cancel", 409)
        assert (problem["code"], problem["status"]) == ("illegal_transition", 409)
        assert (problem["order_status"], problem["move"]) == ("completed", "cancel")


class TestNote:
    async def test_is_the_stores_own_and_changed_as_it_was_seen(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        order = await paid(infra, merchant)
        seen = await merchant.send("GET", order.path)
        tag = f'"{seen["version"]}"'
        done = await merchant.send("PATCH", order.path, {"staff_note": "call first"}, If_Match=tag)
        assert (done["staff_note"], done["version"]) == ("call first", seen["version"] + 1)
        assert done["history"][-1]["kind"] == "note"
        await merchant.send("PATCH", order.path, {"staff_note": "late"}, status=412, If_Match=tag)
        same = await merchant.send("PATCH", order.path, {"staff_note": "call first"})
        assert same["version"] == done["version"]


class TestOrders:
    async def test_are_found_by_how_far_they_are_shipped(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2))
        await paid(infra, merchant)
        await act(merchant, order, "ship", lines=pieces(1))
        found = await merchant.send("GET", "/orders?fulfilment_status=partial&total=true")
        assert ([one["id"] for one in found["items"]], found["total"]) == ([str(order.id)], 1)

    async def test_of_elsewhere_are_left_alone(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant)
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute("update sales_order set source = 'shopify'")
            await work.commit()
        for deed in ("ship", "complete", "cancel", "refunds"):
            problem = await act(merchant, order, deed, 409)
            assert problem["code"] == "managed_elsewhere"
        await act(merchant, order, "returns", 409, lines=pieces(1))
        problem = await merchant.send("PATCH", order.path, {"staff_note": "x"}, status=409)
        assert problem["code"] == "managed_elsewhere"

    async def test_are_exported_with_the_rest(self, infra: Infra, merchant: Merchant) -> None:
        await paid(infra, merchant, Goods(quantity=2), shipping=300)
        answer = await merchant.attempt("GET", "/orders/export.csv")
        assert "1001,ada@example.com,paid," in answer.text

    async def test_have_all_their_fields(self, infra: Infra, merchant: Merchant) -> None:
        order = await paid(infra, merchant, Goods(quantity=2, tax=30), shipping=300)
        found = await merchant.send("GET", order.path)
        assert found["shipping_method"] == "Post"
        assert found["tax_included"] == {"amount": "0.00", "currency": "GBP"}
        assert (found["discounts"], found["taxes"], found["fulfilments"]) == ([], [], [])
        assert (found["staff_note"], found["returns"], found["refunds"]) == ("", [], [])
        assert found["shipping_address"]["city"] == "York"

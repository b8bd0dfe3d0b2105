"""Orders that staff place for a customer, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from shoplytics.bootstrap import Infra
from shoplytics.bootstrap.staff_placing import SystemPlacing, staff_placing
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import KeyReused
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.schemas import StaffOrderForm
from shoplytics.modules.sales.service import PlacingUnit, StaffPlacing
from shoplytics.ports.payments import StorePaymentView
from tests.letters import subjects_to
from tests.modules.catalog.merchants import Merchant, open_shop

HOME = {"name": "Ada Byron", "address1": "1 High Street", "city": "York", "country": "GB"}


class Died(Exception):
    """As a process does."""


class Unpayable:
    """See ManualPayments in ports/payments.py."""

    async def record(
        self, *, store_id: UUID, order_id: UUID, amount: Money | None, actor: Actor, note: str
    ) -> StorePaymentView:
        raise Died


class Broken:
    """See PlacingUnits: of real units, in which no payment can be recorded."""

    def __init__(self, infra: Infra) -> None:
        self._units = SystemPlacing(infra)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[PlacingUnit]:
        async with self._units.open() as unit:
            yield replace(unit, payments=Unpayable())


def owner_of(merchant: Merchant) -> Actor:
    return Actor(
        kind=ActorKind.USER, user_id=merchant.account.user_id, stores={merchant.store: StoreRole.OWNER}
    )


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def form(merchant: Merchant, **more: object) -> dict[str, Any]:
    product = await merchant.product(price="5.00", quantity=3)
    lines = [{"variant_id": product["variants"][0]["id"], "quantity": 2}]
    return {"lines": lines, "email": "Ada@Example.com", "shipping_address": HOME} | more


class TestStaffOrder:
    async def test_is_an_order_like_any_other(self, infra: Infra, merchant: Merchant) -> None:
        body = {"title": "Ten off", "kind": "percent", "percent": "10", "code": "TEN"}
        discount = await merchant.send("POST", "/discounts", body, status=201)
        await merchant.send("POST", "/shipping-rates", {"name": "Post", "amount": "3"}, status=201)
        dear = await merchant.send("POST", "/shipping-rates", {"name": "Van", "amount": "9"}, status=201)
        sent = await form(merchant, codes=["ten"], rate_id=dear["id"], note="ring twice")
        order = await merchant.send("POST", "/orders", sent, status=201)
        assert (order["status"], order["number"], order["email"]) == ("created", "1001", "ada@example.com")
        assert (order["discount"]["amount"], order["total"]["amount"]) == ("1.00", "18.00")
        assert (order["shipping_method"], order["note"]) == ("Van", "ring twice")
        actor = f"user:{merchant.account.user_id}"
        assert [(one["kind"], one["by"], one["actor"]) for one in order["history"]] == [
            ("placed", "store", actor)
        ]
        used = await merchant.send("GET", f"/discounts/{discount['id']}")
        assert used["used"] == 1
        row = (await merchant.send("GET", "/audit-log"))["items"][0]
        assert (row["action"], row["target"]) == ("orders.create", f"order:{order['id']}")
        assert len(await subjects_to(infra, "ada@example.com")) == 1

    async def test_is_paid_at_the_counter(self, merchant: Merchant) -> None:
        order = await merchant.send("POST", "/orders", await form(merchant, paid=True), status=201)
        assert (order["status"], order["financial_status"]) == ("processing", "paid")
        shipped = await merchant.send("POST", f"/orders/{order['id']}/ship", {})
        assert shipped["status"] == "shipped"

    async def test_is_placed_once_a_key(self, merchant: Merchant) -> None:
        sent = await form(merchant)
        for _ in range(2):
            await merchant.send("POST", "/orders", sent, status=201, Idempotency_Key="counter-1")
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 1

    async def test_is_placed_once_by_many_requests_with_one_key(self, merchant: Merchant) -> None:
        sent = await form(merchant, paid=True)
        key = merchant.account.headers | {"Idempotency-Key": "counter-2"}
        answers = await asyncio.gather(
            *(merchant.attempt("POST", "/orders", sent, headers=key) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"request_in_flight"}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 1

    async def test_is_found_again_by_its_key_when_the_answer_was_lost(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        """As if the process had died right after the commit: nothing of the answer is kept."""
        sent, actor = await form(merchant, paid=True), owner_of(merchant)
        placing, asked = staff_placing(infra), msgspec.convert(sent, StaffOrderForm)
        first = await placing.place(store_id=merchant.store, form=asked, actor=actor, key="counter-3")
        again = await merchant.send("POST", "/orders", sent, status=201, Idempotency_Key="counter-3")
        assert again["id"] == str(first.id)
        assert again["financial_status"] == "paid"
        with pytest.raises(KeyReused):
            await placing.place(
                store_id=merchant.store,
                form=msgspec.structs.replace(asked, note="another"),
                actor=actor,
                key="counter-3",
            )
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 1

    async def test_is_not_placed_when_it_cannot_be_paid(self, infra: Infra, merchant: Merchant) -> None:
        """As if the process had died between the two: nothing is left, and the same request does both."""
        sent, actor = await form(merchant, paid=True), owner_of(merchant)
        asked = msgspec.convert(sent, StaffOrderForm)
        broken = StaffPlacing(units=Broken(infra), clock=infra.clock)
        with pytest.raises(Died):
            await broken.place(store_id=merchant.store, form=asked, actor=actor, key="counter-4")
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 0
        (offer,) = (await merchant.send("GET", "/offers"))["items"]
        assert (offer["on_hand"], offer["reserved"]) == (3, 0)
        assert await subjects_to(infra, "ada@example.com") == []
        order = await merchant.send("POST", "/orders", sent, status=201, Idempotency_Key="counter-4")
        assert (order["number"], order["status"], order["financial_status"]) == ("1001", "processing", "paid")

    async def test_refuses_codes_that_take_nothing_off(self, merchant: Merchant) -> None:
        """What staff promise on the telephone is what is placed."""
        for code, minimum in (("GOOD", "0"), ("HIGH", "500")):
            body = {"title": code, "kind": "percent", "percent": "10", "code": code, "minimum": minimum}
            await merchant.send("POST", "/discounts", body | {"combines": True}, status=201)
        sent = await form(merchant, codes=["good", "no-such-code", "high"])
        problem = await merchant.send("POST", "/orders", sent, status=400)
        assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
            ("/codes/1", "unknown_code"),
            ("/codes/2", "not_reached"),
        ]
        assert (await merchant.send("GET", "/orders?total=true"))["total"] == 0
        order = await merchant.send("POST", "/orders", sent | {"codes": ["good"]}, status=201)
        assert order["discount"]["amount"] == "1.00"

    async def test_points_at_a_rate_that_is_none(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        other = await open_shop(client)
        theirs = await other.send("POST", "/shipping-rates", {"name": "Van", "amount": "9"}, status=201)
        sent = await form(merchant, rate_id=theirs["id"])
        for _ in range(2):  # without rates of its own, and with one
            problem = await merchant.send("POST", "/orders", sent, status=400)
            assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/rate_id", "unknown_rate")]
            await merchant.send("POST", "/shipping-rates", {"name": "Post", "amount": "3"}, status=201)

    async def test_takes_no_more_than_there_is(self, merchant: Merchant) -> None:
        sent = await form(merchant)
        sent["lines"][0]["quantity"] = 4
        problem = await merchant.send("POST", "/orders", sent, status=409)
        assert problem["code"] == "out_of_stock"

    async def test_is_of_what_the_store_sells(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        other = await open_shop(client)
        theirs = (await form(other))["lines"]
        sent = await form(merchant)
        sent["lines"] += [*sent["lines"], *theirs]
        problem = await merchant.send("POST", "/orders", sent, status=400)
        assert {one["pointer"]: one["code"] for one in problem["errors"]} == {
            "/lines/1/variant_id": "duplicate",
            "/lines/2/variant_id": "unknown_variant",
        }
        for wrong, pointer in (({"email": "x"}, "/email"), ({"shipping_address": {}}, "/shipping_address")):
            problem = await merchant.send("POST", "/orders", (await form(merchant)) | wrong, status=400)
            assert all(one["pointer"].startswith(pointer) for one in problem["errors"])

"""I12: nobody sets what is not theirs to set, and no client names a price that is not asked for."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from shoplytics.api import Api
from tests.builders import Account
from tests.proofs.audit import audit
from tests.proofs.pair import Pair, begin
from tests.proofs.proof import Mutant, account
from tests.proofs.test_i04_walls import send
from tests.proofs.walls.cases import CASES, Case
from tests.proofs.walls.operations import Operation, operations
from tests.proofs.walls.world import World, build

WISHES: dict[str, object] = {
    "price": "0.01",
    "total": "0.01",
    "tenant_id": "1",
    "store_id": "018f0000-0000-7000-8000-000000000000",
    "status": "paid",
    "is_admin": True,
    "platform_admin": True,
    "paid_at": "2026-01-01T00:00:00Z",
    "role": "owner",
    "discount": "100",
    "id": "018f0000-0000-7000-8000-000000000000",
    "owner_id": "018f0000-0000-7000-8000-000000000000",
    "version": 1,
}


def objects(body: object, free: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Every object in a body, itself first, but those whose keys are the caller's own words."""
    if isinstance(body, dict):
        yield body
        for key, value in body.items():
            if key not in free:
                yield from objects(value, free)
    elif isinstance(body, list):
        for value in body:
            yield from objects(value, free)


def wishful(
    body: dict[str, Any], declared: frozenset[str], free: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of the body, each with one undeclared field in one of its objects."""
    for number in range(len(list(objects(body, free)))):
        for name, value in WISHES.items():
            if name not in declared:
                changed = copy.deepcopy(body)
                list(objects(changed, free))[number][name] = value
                yield name, changed


def caller(operation: Operation, world: World) -> Account | None:
    if operation.audience in {"public", "system"}:
        return None
    return world.admin if operation.audience == "platform" else world.other.owner


@pytest.fixture
async def world(app: Api, pair: Pair) -> World:
    """Made and asked through two processes; only what workers do for it is done in this one."""
    return await build(app, pair.turns, pair.owner)


class TestBody:
    async def test_takes_no_field_it_does_not_know(self, pair: Pair, world: World) -> None:
        """With ids of one's own, so that nothing but the field can be the reason."""
        client, wrong, tried = pair.turns, [], 0
        before = await world.state(world.other)
        for operation in await operations(client):
            case = CASES.get(operation.name, Case())
            if operation.media_type != "application/json" or case.body is None or not case.extra:
                continue
            for name, body in wishful(case.body(world.other), operation.fields, case.free):
                answer = await send(client, operation, world.other.ids, caller(operation, world), body)
                tried += 1
                told = {error["code"] for error in answer.json().get("errors", ())}
                if answer.status_code != 400 or "unknown_field" not in told:
                    wrong.append(f"{operation.name} with {name}: {answer.status_code} {answer.text[:200]}")
        account("I12", bodies=tried)
        assert "\n".join(wrong) == ""
        assert tried > 100
        assert await world.state(world.other) == before


class TestTotal:
    async def test_is_the_shops_whatever_a_shopper_names(self, pair: Pair) -> None:
        shop = await pair.shop()
        cup = await shop.product(price="5.00", quantity=9)
        (orderer,) = pair.orderers(1)
        await orderer.add(cup, 2)
        for named in ("0.01", "0.00", "9.99", "10.01"):
            wish = {"amount": named, "currency": "GBP"}
            refused = await orderer.order(status=409, expected_total=wish)
            assert (refused["code"], refused["total"]["amount"]) == ("price_changed", "10.00")
        assert await pair.rows("select from sales_order") == []
        order = await orderer.order(expected_total={"amount": "10.00", "currency": "GBP"})
        payment = (await begin(pair.turns, order)).json()
        assert payment["amount"] == order["total"] == {"amount": "10.00", "currency": "GBP"}
        assert await audit(pair.owner) == []


MUTANTS = [
    Mutant(
        promise="I12",
        says="what a shopper expects to pay is not compared",
        file="src/shoplytics/modules/sales/service/checkout.py",
        old="or (expected is not None and expected != total)",
        new="or (expected is not None and expected.currency != total.currency)",
        test="test_i12_assignment.py::TestTotal::test_is_the_shops_whatever_a_shopper_names",
    ),
    Mutant(
        promise="I12",
        says="a registration takes unknown fields",
        file="src/shoplytics/modules/identity/schemas.py",
        old="class Registration(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):",
        new="class Registration(msgspec.Struct, kw_only=True):",
        test="test_i12_assignment.py::TestBody::test_takes_no_field_it_does_not_know",
    ),
    Mutant(
        promise="I12",
        says="a refund takes unknown fields",
        file="src/shoplytics/modules/sales/schemas/handling.py",
        old="class RefundInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):",
        new="class RefundInput(msgspec.Struct, kw_only=True):",
        test="test_i12_assignment.py::TestBody::test_takes_no_field_it_does_not_know",
    ),
]

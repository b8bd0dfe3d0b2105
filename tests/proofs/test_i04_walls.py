"""I4: nobody gets at another's rows, by any operation, with any id, in the path or in the body."""

import json
import os
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.builders import Account, register
from tests.proofs.proof import Mutant, account
from tests.proofs.walls.cases import CASES, Case
from tests.proofs.walls.operations import Operation, operations
from tests.proofs.walls.world import World

GUEST = "guest"
FILTERS_OFF = os.environ.get("SHOPLYTICS_FILTERS") == "off"
"""Set by I4b, on a copy of the code without them: then no status is promised, only that nothing leaks."""
OPENERS: tuple[Any, ...] = ("", None, 0, "null", [], {})


@dataclass(frozen=True, kw_only=True)
class Stranger:
    name: str
    account: Account | None
    analyst: bool = False


async def strangers(client: httpx.AsyncClient, world: World, case: Case) -> tuple[Stranger, ...]:
    if case.ends:
        return Stranger(name=GUEST, account=None), Stranger(
            name="a passer-by", account=await register(client)
        )
    return (
        Stranger(name=GUEST, account=None),
        Stranger(name="another user", account=world.nobody),
        Stranger(name="another store's owner", account=world.other.owner),
        Stranger(name="the store's analyst", account=world.analyst, analyst=True),
    )


async def send(
    client: httpx.AsyncClient,
    operation: Operation,
    ids: dict[str, str],
    who: Account | None,
    body: dict[str, Any] | None = None,
) -> httpx.Response:
    case = CASES.get(operation.name, Case())
    return await client.request(
        operation.method,
        operation.path(ids),
        params=case.query,
        headers=who.headers if who else {},
        json=body if operation.media_type == "application/json" else None,
        files={"file": case.file} if operation.media_type == "multipart/form-data" else None,
    )


def missing(all_operations: list[Operation], world: World) -> list[str]:
    """What has no case, each with its reason."""
    found = []
    for operation in all_operations:
        case = CASES.get(operation.name)
        unknown = set(operation.ids) - set(world.victim.ids)
        if unknown:
            found.append(f"{operation.name}: no tenant has {', '.join(sorted(unknown))}")
        if operation.media_type == "application/json" and (case is None or case.body is None):
            found.append(f"{operation.name}: no body")
    return found


OF_BUYERS = {"post_stores_store_reviews"}
"""Anyone sees the store, but only those who bought from it may write."""


def expected(operation: Operation, stranger: Stranger) -> set[int] | None:
    """The statuses that keep the wall; None where the operation is open to them."""
    if operation.audience in {"public", "system"}:
        return None
    if stranger.account is None:
        return {401}
    if operation.audience == "platform":
        return {404}
    if operation.audience == "user":
        refused = {403} if operation.name in OF_BUYERS else {404}
        return refused if operation.ids else None
    if stranger.analyst:
        return None if "analyst" in operation.roles else {403}
    return {404}


# What a member tried and may not is written down in their store's audit log.
DENIALS = frozenset({"tenancy_audit"})


class Watch:
    """Collects what went wrong, so that one run tells all of it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong: list[str] = []
        self.requests = 0
        self._state: dict[str, str] = {}

    async def begin(self) -> None:
        self._state = await self._world.state()

    def look(
        self, what: str, answer: httpx.Response, statuses: set[int] | None, *, may_read: bool = False
    ) -> None:
        self.requests += 1
        if not may_read and self._world.canary in answer.text + str(answer.headers):
            self.wrong.append(f"{what}: the canary is in the answer")
        if FILTERS_OFF:
            return
        if answer.status_code >= 500 or (statuses is not None and answer.status_code not in statuses):
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")

    async def unchanged(self, what: str, but: frozenset[str]) -> None:
        state = await self._world.state()
        changed = {table for table in state if state[table] != self._state.get(table)} - but
        if changed:
            self.wrong.append(f"{what}: changed {', '.join(sorted(changed))}")
        self._state = state


class TestWall:
    @pytest.mark.skipif(FILTERS_OFF, reason="asked of the code as it is")
    async def test_has_a_case_for_every_operation(self, client: httpx.AsyncClient, world: World) -> None:
        found = await operations(client)
        assert missing(found, world) == []
        assert set(CASES) - {operation.name for operation in found} == set()

    async def test_shows_the_canary_to_its_owner(self, client: httpx.AsyncClient, world: World) -> None:
        """Or the others would prove nothing."""
        base, mine = f"/api/v1/stores/{world.victim.store}", world.victim.owner.headers
        for path in ("/customers", "/orders", f"/products/{world.victim.ids['product_id']}", "/members"):
            assert world.canary in (await client.get(base + path, headers=mine)).text

    async def test_keeps_strangers_from_the_ids_of_others(
        self, client: httpx.AsyncClient, world: World
    ) -> None:
        watch = Watch(world)
        await watch.begin()
        for operation in await operations(client):
            case = CASES.get(operation.name, Case())
            for stranger in await strangers(client, world, case):
                if stranger.analyst and (operation.audience != "store" or FILTERS_OFF):
                    continue  # what a role may is the application's own business
                body = case.body(world.victim) if case.body else None
                answer = await send(client, operation, world.victim.ids, stranger.account, body)
                what = f"{operation.name} as {stranger.name}"
                may_read = stranger.analyst and "analyst" in operation.roles
                watch.look(what, answer, expected(operation, stranger), may_read=may_read)
            kept = DENIALS if operation.audience == "store" else frozenset()
            await watch.unchanged(operation.name, case.anybody | kept)
        account("I4", requests=watch.requests, operations="all of the document")
        assert "\n".join(watch.wrong) == ""

    async def test_keeps_members_from_things_of_another_store(
        self, client: httpx.AsyncClient, world: World
    ) -> None:
        """In a store of one's own, the ids of another's things: in the path, the query and the body."""
        watch, other, victim = Watch(world), world.other, world.victim
        await watch.begin()
        for operation in await operations(client):
            if operation.audience != "store":
                continue
            case = CASES.get(operation.name, Case())
            ids = {**victim.ids, "store_id": str(other.store)}
            foreign = len(operation.ids) > 1
            body = case.body(victim) if case.body else None
            answer = await send(client, operation, ids, other.owner, body)
            watch.look(f"{operation.name} with foreign ids", answer, {404} if foreign else None)
            if victim.open_ids.keys() & {*operation.ids}:
                shared = {**world.shared, "store_id": str(other.store)}
                answer = await send(client, operation, shared, other.owner, body)
                watch.look(f"{operation.name} of a product it sells", answer, {404})
            for name in operation.query:
                values = {victim.ids["order_id"]} if name in operation.narrow else {*victim.ids.values()}
                for value in values:
                    asked = operation.path({**other.ids}) + f"?{name}={value}"
                    if operation.method == "GET":
                        seen = await client.get(asked, headers=other.owner.headers)
                        watch.look(f"{operation.name}?{name}", seen, None)
            await watch.unchanged(operation.name, frozenset())
        assert "\n".join(watch.wrong) == ""

    @pytest.mark.skipif(FILTERS_OFF, reason="tokens are no filter")
    async def test_opens_nothing_to_an_empty_token(self, client: httpx.AsyncClient, world: World) -> None:
        watch = Watch(world)
        await watch.begin()
        for operation in await operations(client):
            case = CASES.get(operation.name, Case())
            for name in case.tokens:
                assert case.body is not None
                body = case.body(world.victim)
                bodies = [{**body, name: opener} for opener in OPENERS]
                for sent in [*bodies, {key: value for key, value in body.items() if key != name}]:
                    for who in (None, world.other.owner):
                        answer = await send(client, operation, world.victim.ids, who, sent)
                        watch.look(f"{operation.name} {json.dumps(sent)}", answer, {400, 401, 404})
            if case.tokens:
                await watch.unchanged(operation.name, case.anybody)
        for header in ("Bearer", "Bearer ", "Bearer null", "Bearer 0", "Bearer undefined", "Basic Og==", ""):
            answer = await client.get("/api/v1/me", headers={"Authorization": header})
            watch.look(f"Authorization: {header!r}", answer, {401})
        assert "\n".join(watch.wrong) == ""


MUTANTS = [
    Mutant(
        promise="I4",
        says="the edge lets any user into any store",
        file="src/shoplytics/api/access.py",
        old="            if store_id not in stores:\n                raise NotFound",
        new="            stores = {store_id: StoreRole.OWNER}",
        test="test_i04_walls.py::TestWall::test_keeps_strangers_from_the_ids_of_others",
    ),
]

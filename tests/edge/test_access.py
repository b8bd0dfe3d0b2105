"""Who gets in: every audience against every kind of caller."""

from collections.abc import AsyncIterator, Mapping
from uuid import UUID

import httpx
import pytest
from litestar import Controller, get

from shoplytics.adapters.postgres.work import Work
from shoplytics.api import create_app
from shoplytics.api.plans import RouteError
from shoplytics.bootstrap import ALONE, MODULES, WITH_WORK, Infra
from shoplytics.kernel.access import StoreRole, members, public, signed_in
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import Unauthenticated
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.module import Module
from shoplytics.ports.identity import Caller
from shoplytics.settings import Settings
from tests.edge.probes import PROBE, build

MINE, OTHER = new_id(), new_id()
USERS = {"owner": new_id(), "analyst": new_id(), "nobody": new_id(), "admin": new_id()}
ROLES = {USERS["owner"]: StoreRole.OWNER, USERS["analyst"]: StoreRole.ANALYST}


class Sessions:
    async def caller(self, token: str, *, fresh: bool = False) -> Caller:
        if token not in USERS:
            raise Unauthenticated(code="invalid_token")
        return Caller(USERS[token], new_id(), token == "admin")


class Memberships:
    async def of_user(self, user_id: UUID) -> Mapping[UUID, StoreRole]:
        return {MINE: ROLES[user_id]} if user_id in ROLES else {}


class Keys:
    async def actor(self, key: str) -> Actor:
        scopes = frozenset({"probe:store"} if key == "sk_scoped" else ())
        return Actor(kind=ActorKind.API_KEY, key_id=new_id(), stores={MINE: StoreRole.STAFF}, scopes=scopes)


def fakes(infra: Infra) -> Sessions:
    return Sessions()


@pytest.fixture
async def guarded(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        settings,
        modules=[PROBE],
        with_work={"probe": build},
        alone={"sessions": fakes, "memberships": lambda _: Memberships(), "api_keys": lambda _: Keys()},
    )
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client,
    ):
        yield client


IN_MINE, IN_OTHER = f"/stores/{MINE}/probe/", f"/stores/{OTHER}/probe/"
MATRIX = [
    # caller, public, user, my store, another store, platform
    (None, [200, 401, 401, 401, 401]),
    ("wrong", [401, 401, 401, 401, 401]),
    ("nobody", [200, 204, 404, 404, 404]),
    ("owner", [200, 204, 200, 404, 404]),
    ("analyst", [200, 204, 403, 404, 404]),
    ("admin", [200, 204, 404, 404, 200]),
    ("sk_scoped", [200, 403, 200, 404, 403]),
    ("sk_bare", [200, 403, 403, 404, 403]),
]


class TestGuard:
    @pytest.mark.parametrize(("caller", "statuses"), MATRIX)
    async def test_answers_by_audience_and_caller(
        self, guarded: httpx.AsyncClient, caller: str | None, statuses: list[int]
    ) -> None:
        headers = {"authorization": f"Bearer {caller}"} if caller else {}
        found = [
            await guarded.get("/probe/public", headers=headers),
            await guarded.delete("/probe/write/", headers=headers),
            await guarded.get(IN_MINE, headers=headers),
            await guarded.get(IN_OTHER, headers=headers),
            await guarded.get("/admin/probe/", headers=headers),
        ]
        assert [answer.status_code for answer in found] == statuses
        for answer in found:
            assert answer.status_code != 401 or answer.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic b3duZXI6", "owner", "Bearer owner x"])
    async def test_takes_nothing_but_a_bearer_token(self, guarded: httpx.AsyncClient, value: str) -> None:
        answer = await guarded.get(IN_MINE, headers={"authorization": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


class Unguarded(Controller):
    path = "/unguarded"

    @get("/")
    async def read(self) -> None:
        return None


class Unknown(Controller):
    path = "/unknown"

    @get("/", permission="nobody:declared-this")
    async def read(self) -> None:
        return None


class Placeless(Controller):
    path = "/placeless"

    @get("/", permission="probe:store")
    async def read(self) -> None:
        return None


class Hasty(Controller):
    path = "/hasty"

    @get("/", permission="probe:anyone", recent=True)
    async def read(self) -> None:
        return None


def of_all(path: object, query: object) -> tuple[str, ...]:
    return ("public:all",)


class Kept(Controller):
    path = "/kept"

    @get("/", permission="probe:own", copies=of_all)
    async def read(self) -> None:
        return None


class Greeting(Controller):
    path = "/greeting"

    @get("/", permission="probe:anyone", copies=of_all)
    async def read(self, actor: Actor) -> None:
        return None


class Hidden(Controller):
    path = "/hidden"

    @get("/", permission="probe:own")
    async def read(self, cup: UUID | None = None) -> None:
        return None


class Joining(Controller):
    path = "/joining"

    @get("/", permission="probe:own", own_work=True)
    async def read(self, work: Work) -> None:
        return None


UNGUARDABLE: dict[str, type[Controller]] = {
    "unguarded": Unguarded,
    "unknown": Unknown,
    "placeless": Placeless,
    "hasty": Hasty,
    "kept": Kept,
    "greeting": Greeting,
    "hidden": Hidden,
    "joining": Joining,
}


class TestStart:
    @pytest.mark.parametrize("name", list(UNGUARDABLE))
    def test_is_stopped_by_a_route_it_cannot_guard(self, settings: Settings, name: str) -> None:
        module = Module(
            name="bad",
            routes=[UNGUARDABLE[name]],
            permissions=[members("probe:store", frozenset()), public("probe:anyone"), signed_in("probe:own")],
        )
        with pytest.raises(RouteError, match=f"GET /api/v1/{name}"):
            create_app(settings, modules=[module], with_work={}, alone={"cup": lambda _: object()})

    def test_is_not_stopped_by_our_own_routes(self, settings: Settings) -> None:
        create_app(settings, modules=MODULES, with_work=WITH_WORK, alone=ALONE)

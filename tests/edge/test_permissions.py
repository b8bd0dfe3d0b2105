"""The table of permissions is true: the page, the command and the guard of every route say the same."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

import pytest

from shoplytics.api import Api, create_app
from shoplytics.api.access import Gate
from shoplytics.api.exchange import Exchange
from shoplytics.api.permissions import HOLDERS, YES, permission_table
from shoplytics.api.plans import Plan
from shoplytics.bootstrap import ALONE, MODULES, key_scopes
from shoplytics.cli import main
from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.kernel.errors import Forbidden, NotFound, Unauthenticated
from shoplytics.kernel.ids import new_id
from shoplytics.ports.identity import Caller
from shoplytics.settings import Settings
from tests.edge.test_access import MINE

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
USERS = {name: new_id() for name in HOLDERS}
# Whose request it is; what anyone may, a guest may.
TOKENS: dict[str, str | None] = {
    "public": None,
    "system": None,
    "API key": "sk_all",
} | {name: name.replace(" ", "-") for name in HOLDERS if name not in {"public", "system", "API key"}}


class Sessions:
    async def caller(self, token: str, *, fresh: bool = False) -> Caller:
        name = token.replace("-", " ")
        return Caller(USERS[name], new_id(), name == "platform admin")

    async def recent(self, *, session_id: UUID) -> bool:
        return True


class ConsoleSessions:
    async def caller(self, key: str) -> Caller | None:
        return None if key.startswith("sk_") else await Sessions().caller(key)


class Memberships:
    async def of_user(self, user_id: UUID) -> Mapping[UUID, StoreRole]:
        roles = [role for role in StoreRole if USERS[role.value] == user_id]
        return dict.fromkeys([MINE], roles[0]) if roles else {}


class Keys:
    """One with every scope there is, known or not."""

    async def actor(self, key: str) -> Actor:
        scopes = frozenset(p.name for module in MODULES for p in module.permissions)
        return Actor(kind=ActorKind.API_KEY, key_id=new_id(), stores={MINE: StoreRole.OWNER}, scopes=scopes)


@pytest.fixture
async def guarded(settings: Settings) -> AsyncIterator[Api]:
    fakes = {
        "sessions": lambda _: Sessions(),
        "console_sessions": lambda _: ConsoleSessions(),
        "memberships": lambda _: Memberships(),
        "api_keys": lambda _: Keys(),
    }
    app = create_app(settings, alone={**ALONE, **fakes})
    async with app.lifespan():
        yield app


def told() -> dict[str, dict[str, bool]]:
    """The page's table: permission, holder, whether they hold it."""
    table: dict[str, dict[str, bool]] = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            table[cells[0].strip("`")] = {
                holder: cell == YES for holder, cell in zip(HOLDERS, cells[1:-1], strict=True)
            }
    return table


async def let_in(app: Api, plan: Plan, token: str | None) -> bool:
    """Programs show a token, browsers a cookie; a route believes one of them."""
    shown = (b"cookie", f"shoplytics={token}") if plan.console else (b"authorization", f"Bearer {token}")
    headers = [] if token is None else [(shown[0], shown[1].encode())]
    scope = {
        "type": "http",
        "headers": headers,
        "path_params": {"store_id": MINE},
        "client": ("203.0.113.9", 40000),
    }
    try:
        await Gate(app.parts).admit(Exchange(scope, app.parts, None, head=False), plan)
    except (Unauthenticated, Forbidden, NotFound):
        return False
    return True


class TestThePage:
    def test_is_what_the_routes_say(self, settings: Settings) -> None:
        made = permission_table(create_app(settings).plans.values())
        assert PAGE.read_text() == made, "run: shoplytics permissions > docs/permissions.md"

    def test_is_what_the_command_prints(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SHOPLYTICS_HOME", str(tmp_path))
        assert main(["permissions"]) == 0
        assert capsys.readouterr().out == PAGE.read_text()

    async def test_is_kept_by_the_guard_of_every_route(self, guarded: Api) -> None:
        table, wrong = told(), []
        for plan in guarded.plans.values():
            held = table[plan.permission.name]
            for holder in HOLDERS:
                expected = held[holder] or (
                    holder in {"public", "system"} and held["public"] | held["system"]
                )
                if await let_in(guarded, plan, TOKENS[holder]) is not expected:
                    wrong.append(f"{plan.method} {plan.template} as {holder}: expected {expected}")
        assert wrong == []


class TestKeys:
    @pytest.mark.parametrize(
        "area", ["members", "invitations", "api-keys", "stores", "audit-log", "platform", "auth", "me"]
    )
    def test_hold_nothing_about_people_and_keys(self, area: str) -> None:
        assert [scope for scope in key_scopes(MODULES) if scope.startswith(f"{area}:")] == []

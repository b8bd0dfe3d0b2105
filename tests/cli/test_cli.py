"""Exit codes and sentences; no expected failure shows a traceback."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.adapters.postgres.revision import head
from shoplytics.cli import main
from shoplytics.kernel.ids import new_id
from shoplytics.settings import Settings

KEY = "0123456789abcdef" * 2
NOWHERE = "postgresql://shop@127.0.0.1:9/shop"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a home of one's own."""
    for name in list(os.environ):
        if name.startswith("SHOPLYTICS_") or name in {"PORT", "HOST"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("SHOPLYTICS_HOME", str(tmp_path / "home"))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Settings:
    """The servers of this run, and its migrated database, in the environment."""
    monkeypatch.setenv("SHOPLYTICS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SHOPLYTICS_OWNER_DATABASE_URL", settings.owner_url)
    monkeypatch.setenv("SHOPLYTICS_REDIS_URL", settings.redis_url)
    monkeypatch.setenv("SHOPLYTICS_SECRET_KEY", KEY)
    return settings


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valid settings of servers that do not answer."""
    monkeypatch.setenv("SHOPLYTICS_DATABASE_URL", NOWHERE)
    monkeypatch.setenv("SHOPLYTICS_REDIS_URL", "redis://127.0.0.1:9")
    monkeypatch.setenv("SHOPLYTICS_SECRET_KEY", KEY)


def loaded_by(code: str) -> set[str]:
    """Top-level modules in memory after `code`."""
    script = (
        f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules if sys.modules[name]}})"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


class TestHelp:
    def test_names_every_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        commands = "up serve worker scheduler migrate seed create-admin doctor version"
        assert [name for name in commands.split() if f"\n    {name} " not in said.replace("\n", " \n")] == []

    def test_loads_nothing_large(self) -> None:
        assert not {"msgspec", "asyncio", "litestar"} & loaded_by("import shoplytics.cli")

    def test_is_shown_for_a_wrong_command(self) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["dance"])
        assert ended.value.code == 2


class TestAnyCommand:
    @pytest.mark.parametrize("command", ["serve", "worker", "scheduler"])
    def test_names_every_missing_setting(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([command]) == 2
        said = capsys.readouterr().err
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
            assert f"\n  SHOPLYTICS_{name}: " in said

    @pytest.mark.parametrize("command", ["up", "migrate", "seed", "create-admin", "doctor"])
    def test_refuses_a_wrong_setting(
        self, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOPLYTICS_CURENCY", "USD")
        assert main([command]) == 2
        assert "SHOPLYTICS_CURRENCY" in capsys.readouterr().err

    def test_tells_its_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["version"]) == 0
        assert capsys.readouterr().out.count(".") == 2


class TestServe:
    def test_refuses_a_schema_that_is_not_ours(
        self,
        given: Settings,
        servers: EmbeddedServers,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("SHOPLYTICS_DATABASE_URL", servers.postgres_url("shop_app", "postgres"))
        assert main(["serve"]) == 1
        assert "run `shoplytics migrate`" in capsys.readouterr().err

    def test_loads_nothing_that_it_does_not_use(self) -> None:
        """What is listed in `cli.lean` is found by libraries, not by us; Taskiq is the workers'."""
        loaded = loaded_by("import shoplytics.cli.serve")
        assert not {"pydantic", "rich", "aiohttp", "PIL", "taskiq", "alembic"} & loaded


class TestUp:
    def test_stays_small(self) -> None:
        loaded = loaded_by("import shoplytics.cli.up")
        assert not {"litestar", "sqlalchemy", "alembic", "taskiq", "redis"} & loaded


class TestMigrate:
    def test_says_that_there_is_nothing_to_do(
        self, given: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["migrate"]) == 0
        assert capsys.readouterr().out.startswith("nothing to do: the schema is at ")

    @pytest.mark.usefixtures("nowhere")
    def test_says_that_postgres_does_not_answer(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["migrate"]) == 1
        said = capsys.readouterr().err
        assert said.startswith("shoplytics: PostgreSQL refuses or does not answer: ")
        assert said.count("\n") == 1


class TestCreateAdmin:
    def test_makes_one_from_standard_input(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))
        assert main(["create-admin", "--email", "root@shop.example", "--password-stdin"]) == 0
        said = capsys.readouterr()
        assert (said.out, said.err) == ("root@shop.example is a platform admin\n", "")

    def test_says_that_it_took_an_account_over(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        user_id = new_id()
        _asked(given, "insert into identity_user (id, email) values ($1, 'eve@shop.example')", user_id)
        monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))
        assert main(["create-admin", "--email", "eve@shop.example", "--password-stdin"]) == 0
        assert "eve@shop.example had an account, which was taken over" in capsys.readouterr().err
        found = _asked(given, "select actor, action from tenancy_audit where target = $1", f"user:{user_id}")
        assert [tuple(row) for row in found] == [("system:create-admin", "users.change")]

    def test_refuses_a_weak_password_in_one_sentence(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("password\n"))
        assert main(["create-admin", "--email", "root@shop.example", "--password-stdin"]) == 1
        assert capsys.readouterr().err.count("\n") == 1

    @pytest.mark.usefixtures("nowhere")
    def test_asks_only_on_a_terminal(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        assert main(["create-admin", "--email", "root@shop.example"]) == 1
        assert "--password-stdin" in capsys.readouterr().err

    @pytest.mark.usefixtures("nowhere")
    def test_asks_for_an_address(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["create-admin"]) == 1
        assert "--email" in capsys.readouterr().err


class TestDoctor:
    def test_finds_nothing_wrong(self, given: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if not line.startswith("ok ")] == []
        subjects = {line.split()[1] for line in lines}
        assert subjects >= {
            "python",
            "settings",
            "folder",
            "postgres",
            "login",
            "clock",
            "schema",
            "redis",
            "objects",
        }

    def test_warns_of_a_login_that_owns_the_tables(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SHOPLYTICS_DATABASE_URL", given.owner_url)
        assert main(["doctor"]) == 0
        said = capsys.readouterr().out
        assert "above row-level security" in said
        assert "owns the tables" in said

    def test_fails_on_a_schema_that_is_not_ours(
        self, given: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _set_revision(given, "0000")
        try:
            assert main(["doctor"]) == 1
        finally:
            _set_revision(given, None)
        assert "fail  schema    at 0000, this version needs " in capsys.readouterr().out

    @pytest.mark.usefixtures("nowhere")
    def test_fails_without_postgres_and_warns_without_redis(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor"]) == 1
        said = capsys.readouterr().out
        assert "\nfail  postgres  no connection: " in said
        assert "\nwarn  redis     no answer: " in said


def _asked(settings: Settings, statement: str, *values: object) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        owner = await asyncpg.connect(settings.owner_url)
        found: list[asyncpg.Record] = await owner.fetch(statement, *values)
        await owner.close()
        return found

    return asyncio.run(ask())


def _set_revision(settings: Settings, revision: str | None) -> None:
    """None sets it right again."""

    async def set_it() -> None:
        owner = await asyncpg.connect(settings.owner_url)
        await owner.execute("update alembic_version set version_num = $1", revision or head())
        await owner.close()

    asyncio.run(set_it())

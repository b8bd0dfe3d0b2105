"""Runs mutants: a copy of the code with one mistake, on which the proof must fail."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tests.proofs as package
from tests.proofs.proof import Mutant

ROOT = Path(__file__).parents[2]
SECONDS = 180
CAUGHT, SURVIVED, BROKEN = "caught", "SURVIVED", "BROKEN"
RED = 1  # pytest's exit code when tests failed


def all_mutants() -> list[Mutant]:
    """From every module of tests/proofs that has a list MUTANTS."""
    found: list[Mutant] = []
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not info.name.endswith("__"):  # __main__ is who asks
            found += getattr(importlib.import_module(info.name), "MUTANTS", [])
    return found


def mutated(mutant: Mutant, text: str) -> str:
    """Raises ValueError when the place of the mistake is not there any more, or not the only one."""
    if text.count(mutant.old) != 1:
        message = f"{mutant.promise}, {mutant.says}: found {text.count(mutant.old)} times in {mutant.file}"
        raise ValueError(message)
    return text.replace(mutant.old, mutant.new)


def run(mutant: Mutant) -> str:
    """`caught` when the proof failed on the copy, and failed by an assertion of its own."""
    with tempfile.TemporaryDirectory(prefix="shoplytics-mutant-") as folder:
        for name in ("src", "migrations"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        file = Path(folder, mutant.file)
        file.write_text(mutated(mutant, file.read_text()))
        return _verdict(mutant, Path(folder, "src"))


def _verdict(mutant: Mutant, source: Path) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "SHOPLYTICS_PROVE"}
    environ |= {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    asked = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", "--tb=line"]
    ended = subprocess.run(
        [*asked, mutant.node],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    last = ended.stdout.strip().rpartition("\n")[2]
    if ended.returncode == RED and " failed" in last and " error" not in last:
        return CAUGHT
    return SURVIVED if ended.returncode == 0 else f"{BROKEN}: {last or ended.stderr[-200:]}"

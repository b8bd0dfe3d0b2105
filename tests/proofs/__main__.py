"""`make prove`: every promise in full, with its counts and times, then every mutant against its proof."""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.proofs.mutants import CAUGHT, ROOT, all_mutants, run
from tests.proofs.proof import Mutant

KINDS = ("tests/proofs", "tests/contracts", "tests/faults", "tests/journeys")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _proofs(workers: str, asked: list[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="shoplytics-proof-") as folder:
        book = Path(folder, "account")
        environ = os.environ | {"SHOPLYTICS_PROVE": "1", "SHOPLYTICS_PROOF_ACCOUNT": str(book)}
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-n", workers, "--timeout=900", *(asked or KINDS)]
        ended = subprocess.run(command, cwd=ROOT, env=environ, check=False)
        _say(f"\nproofs in full: {time.monotonic() - started:.0f} s")
        for line in sorted(book.read_text().splitlines()) if book.exists() else []:
            told = json.loads(line)
            promise = told.pop("promise")
            _say(f"  {promise:5} " + ", ".join(f"{name} {value}" for name, value in told.items()))
    return ended.returncode == 0


def _one(mutant: Mutant) -> bool:
    started = time.monotonic()
    try:
        verdict = run(mutant)
    except (ValueError, subprocess.TimeoutExpired) as problem:
        verdict = str(problem)
    _say(f"  {mutant.promise:5} {verdict} ({time.monotonic() - started:.0f} s): {mutant.says}")
    return verdict == CAUGHT


def main() -> int:
    """0 when every proof holds and every mutant is caught. Arguments narrow the proofs to some tests."""
    workers, asked = os.environ.get("WORKERS", "2"), sys.argv[1:]
    proved = _proofs(workers, asked)
    if asked:
        return 0 if proved else 1
    _say("\nmutants, each a mistake that its proof must notice:")
    with ThreadPoolExecutor(int(workers)) as pool:
        caught = list(pool.map(_one, all_mutants()))
    _say(f"\n{sum(caught)} of {len(caught)} mutants caught; proofs {'hold' if proved else 'FAILED'}")
    return 0 if proved and all(caught) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""What a proof is made of: its size, its account, and the mutants that it must catch."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

FULL = os.environ.get("SHOPLYTICS_PROVE") == "1"
"""Under `make prove`: counts as promised, and times. Otherwise small and without times."""
ACCOUNT = os.environ.get("SHOPLYTICS_PROOF_ACCOUNT")


def size(reduced: int, full: int) -> int:
    """How many: `reduced` in `make test`, `full` under `make prove`."""
    return full if FULL else reduced


def account(promise: str, **counts: float | str) -> None:
    """What a proof did, for the table that `make prove` prints."""
    if ACCOUNT:
        line = json.dumps({"promise": promise, **counts})
        with Path(ACCOUNT).open("a") as book:
            book.write(line + "\n")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A deliberate mistake: in `file`, below the project's root, `old` (found exactly once) becomes `new`.

    `test` is the node of the reduced proof that must turn red: below tests/proofs, or from the root on.
    """

    promise: str
    says: str
    file: str
    old: str
    new: str
    test: str

    @property
    def node(self) -> str:
        """`test` from the project's root."""
        return self.test if self.test.startswith("tests/") else f"tests/proofs/{self.test}"

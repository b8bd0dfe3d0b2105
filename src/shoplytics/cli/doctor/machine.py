"""The home folder, its secrets, the public address."""

import stat
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

from shoplytics.cli.doctor.finding import FAIL, OK, WARN, Finding
from shoplytics.settings import SECRET_KEY_FILE, Settings

_HERE = {"127.0.0.1", "::1", "localhost"}


def examine(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            yield Finding(OK, "folder", f"{home} can be written")
    except OSError as problem:
        yield Finding(FAIL, "folder", f"{home} cannot be written: {problem.strerror}")
    key = home / SECRET_KEY_FILE
    if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(WARN, "secrets", f"{key} can be read by others: chmod 600")
    address = urlsplit(settings.public_url)
    if address.scheme == "http" and address.hostname not in _HERE:
        yield Finding(WARN, "address", f"{settings.public_url} is not encrypted: links in mails use it")

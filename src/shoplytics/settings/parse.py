"""From text to value, one parser a kind. Each raises ValueError with what is allowed, not what was given."""

import os
import re
from collections.abc import Callable, Sequence
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import SplitResult, parse_qs, urlsplit

from shoplytics.kernel.errors import ShopError
from shoplytics.kernel.money import exponent

Parse: TypeAlias = Callable[[str], Any]

SECRET_KEY_BYTES = 32
_MOST_TEXT = 1000
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s.]{2,}")
_MAIL_FROM = re.compile(r"[^@\s<>\x00-\x1f]{1,64}@[^@\s<>\x00-\x1f]+")
_PLUGIN = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_REDIS_LATER = ("redis+cluster://", "rediss+cluster://", "redis+sentinel://", "rediss+sentinel://")


class NotAvailable(ValueError):
    """A right value whose part this version does not have."""


def number(low: int, high: int) -> Parse:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:12]) <= high):
            msg = f"a number from {low} to {high}"
            raise ValueError(msg)
        return int(text)

    return parse


def switch(on: str, off: str) -> Parse:
    def parse(text: str) -> bool:
        if text not in {on, off}:
            msg = f"{on} or {off}"
            raise ValueError(msg)
        return text == on

    return parse


def one_of(present: Sequence[str], *, planned: Sequence[str] = ()) -> Parse:
    """The name of a plugin or a way of working; `planned` ones are of a later version."""
    allowed = " or ".join(present)

    def parse(text: str) -> str:
        if text in planned:
            msg = f"use {allowed}"
            raise NotAvailable(msg)
        if text not in present:
            raise ValueError(allowed)
        return text

    return parse


def list_of(parse_one: Parse) -> Parse:
    """Values between commas."""

    def parse(text: str) -> tuple[Any, ...]:
        found = tuple(dict.fromkeys(parse_one(part.strip()) for part in text.split(",") if part.strip()))
        if not found:
            msg = "at least one value, several with commas between"
            raise ValueError(msg)
        return found

    return parse


def words(text: str) -> str:
    if len(text) > _MOST_TEXT or not text.isprintable():
        msg = f"printable text of at most {_MOST_TEXT} characters"
        raise ValueError(msg)
    return text


def host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text):
            return text
        msg = "an IP address or a host name"
        raise ValueError(msg) from None


def folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        msg = "a folder, not a file"
        raise ValueError(msg)
    return path


def program(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not (path.is_file() and os.access(path, os.X_OK)):
        msg = "the path of an executable file"
        raise ValueError(msg)
    return path


def secret_key(text: str) -> bytes:
    if len(text.encode()) < SECRET_KEY_BYTES:
        msg = f"at least {SECRET_KEY_BYTES} bytes (openssl rand -hex 32 makes one)"
        raise ValueError(msg)
    return text.encode()


def email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        msg = "an e-mail address"
        raise ValueError(msg)
    return text


def currency(text: str) -> str:
    try:
        exponent(text)
    except ShopError:
        msg = "an ISO 4217 code such as USD"
        raise ValueError(msg) from None
    return text


def network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        msg = "networks such as 10.0.0.0/8 (without host bits) or single addresses, with commas between"
        raise ValueError(msg) from None


def database_url(text: str) -> str:
    msg = "postgresql://user:password@host:5432/database"
    parts = _split(text, msg)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError(msg)
    if not (parts.hostname or parse_qs(parts.query).get("host")):
        raise ValueError(msg)
    return text


def redis_url(text: str) -> str:
    msg = "redis://host:6379/0, rediss://host:6379/0 or unix:///path"
    if text.startswith(_REDIS_LATER):
        raise NotAvailable(msg)
    parts = _split(text, msg)
    local, remote = parts.scheme == "unix", parts.scheme in {"redis", "rediss"}
    if not ((local and parts.path) or (remote and parts.hostname)):
        raise ValueError(msg)
    return text


def web_address(text: str) -> str:
    """http or https and a host, perhaps a path; without the slash at the end."""
    msg = "http://host or https://host, without query"
    _web(text, msg)
    return text.rstrip("/")


def origin(text: str) -> str:
    msg = "http://host or https://host, without path"
    if _web(text, msg).path not in {"", "/"}:
        raise ValueError(msg)
    return text.rstrip("/")


def issuer(text: str) -> str:
    """As it stands: it must be what the provider calls itself, with the slash at the end or without."""
    msg = "the provider's https address (http only on this machine), without query"
    parts = _web(text, msg)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError(msg)
    return text


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def shop_template(text: str) -> str:
    msg = "an address with {shop} in it, such as http://127.0.0.1:9000/{shop}"
    if text.count("{shop}") != 1:
        raise ValueError(msg)
    _web(text.replace("{shop}", "shop.example"), msg)
    return text.rstrip("/")


def mail_url(text: str) -> str:
    parts = _split(text, msg := "smtp://user:password@host:587, smtps://user:password@host or file:///folder")
    remote = parts.scheme in {"smtp", "smtps"} and parts.hostname and not parts.query and not parts.fragment
    if not (remote or (parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"))):
        raise ValueError(msg)
    return text


def mail_from(text: str) -> str:
    """`Shop <shop@example.com>` or only the address."""
    _, spec = parseaddr(text)
    if not text.isprintable() or not _MAIL_FROM.fullmatch(spec) or spec not in text:
        msg = "an address such as shop@example.com or Shop <shop@example.com>"
        raise ValueError(msg)
    return text


def plugin(text: str) -> str:
    """Whether it is installed shows when it is loaded."""
    if not _PLUGIN.fullmatch(text):
        msg = "the name of a plugin"
        raise ValueError(msg)
    return text


def present_folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_dir():
        msg = "a folder that is there"
        raise ValueError(msg)
    return path


def _web(text: str, msg: str) -> SplitResult:
    parts = _split(text, msg)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(msg)
    if parts.username is not None or not (_HOST.fullmatch(parts.hostname) or ":" in parts.hostname):
        raise ValueError(msg)
    return parts


def _split(text: str, msg: str) -> SplitResult:
    """As urlsplit, which lets blanks pass and looks at the port only when asked for it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or not text.isprintable() or " " in text:
        raise ValueError(msg)
    return parts

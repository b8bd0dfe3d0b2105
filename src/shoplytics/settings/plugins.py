"""Plugins by their entry points, each made from a config Struct of its own."""

import hmac
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoints, entry_points
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shoplytics.ports.mailer import Mailer
from shoplytics.ports.mails import MAILBOX
from shoplytics.ports.object_store import SweptStore
from shoplytics.ports.payment_provider import PaymentProvider
from shoplytics.ports.sms import SmsSender
from shoplytics.settings.errors import SettingsError
from shoplytics.settings.load import provider_prefix
from shoplytics.settings.model import Settings

MAILERS, SMS_SENDERS = "shoplytics.mailers", "shoplytics.sms_senders"
OBJECT_STORES = "shoplytics.object_stores"
PAYMENT_PROVIDERS = "shoplytics.payment_providers"


@dataclass(frozen=True, kw_only=True)
class Senders:
    """What this deployment has chosen."""

    mailer: Mailer
    sms: SmsSender


def senders_of(settings: Settings) -> Senders:
    """Raises SettingsError, in a sentence each, for a plugin that is missing or lacks a value."""
    problems: list[str] = []
    given = dict(settings.plugin_options)
    known = {"SHOPLYTICS_MAIL_URL": settings.mail_url, "SHOPLYTICS_MAIL_FROM": sender_of(settings)}
    mail = {name: value for name, value in known.items() if value is not None}
    mailer = _made(
        MAILERS,
        mailer_name(settings),
        variable="SHOPLYTICS_MAILER",
        prefix="SHOPLYTICS_MAIL_",
        given=given,
        optional=mail,
        problems=problems,
    )
    sms = _made(
        SMS_SENDERS,
        settings.sms,
        variable="SHOPLYTICS_SMS",
        prefix="SHOPLYTICS_SMS_",
        given=given,
        optional={},
        problems=problems,
    )
    if problems:
        raise SettingsError(problems)
    return Senders(mailer=mailer, sms=sms)


def check_plugins(settings: Settings) -> None:
    """Raises SettingsError with what is wrong with any of them."""
    problems: list[str] = []
    for made in (senders_of, object_store_of, payment_providers_of):
        try:
            made(settings)
        except SettingsError as problem:
            problems.extend(problem.problems)
    if problems:
        raise SettingsError(problems)


def object_store_of(settings: Settings) -> SweptStore:
    """Raises SettingsError, in a sentence each, for a plugin that is missing or lacks a value."""
    problems: list[str] = []
    store: SweptStore = _made(
        OBJECT_STORES,
        settings.object_store,
        variable="SHOPLYTICS_OBJECT_STORE",
        prefix=f"SHOPLYTICS_{settings.object_store.upper()}_",
        given=dict(settings.plugin_options),
        optional={"SHOPLYTICS_FILES_FOLDER": str(settings.home / "objects")},
        problems=problems,
    )
    if problems:
        raise SettingsError(problems)
    return store


def payment_providers_of(settings: Settings) -> dict[str, PaymentProvider]:
    """By name, in the order of the settings. Raises SettingsError, in a sentence each, as the others do."""
    problems: list[str] = []
    key = hmac.digest(settings.secret_key, b"shoplytics:sandbox:1", "sha256").hex()
    optional = {
        "SHOPLYTICS_SANDBOX_FOLDER": str(settings.home / "sandbox"),
        "SHOPLYTICS_SANDBOX_KEY": key,
        "SHOPLYTICS_SANDBOX_PAGE": f"{settings.public_url.rstrip('/')}/checkout/sandbox",
    }
    made: dict[str, PaymentProvider] = {
        name: _made(
            PAYMENT_PROVIDERS,
            name,
            variable="SHOPLYTICS_PAYMENT_PROVIDERS",
            prefix=provider_prefix(name),
            given=dict(settings.plugin_options),
            optional=optional,
            problems=problems,
        )
        for name in settings.payment_providers
    }
    if problems:
        raise SettingsError(problems)
    return made


def mailer_name(settings: Settings) -> str:
    """The plugin; the built-in one follows the address, and without an address mails are kept."""
    if settings.mailer != "smtp":
        return settings.mailer
    if settings.mail_url is None:
        return MAILBOX
    return "eml" if settings.mail_url.startswith("file:") else "smtp"


def sender_of(settings: Settings) -> str:
    """Who mails are from: as given, else nobody at the public address."""
    if settings.mail_from is not None:
        return settings.mail_from
    host = urlsplit(settings.public_url).hostname or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return f"no-reply@{host}"
    return "no-reply@localhost"


@lru_cache(maxsize=32)
def _installed(group: str, path: tuple[str, ...]) -> EntryPoints:
    """Looked for once: it means to read a file of every package on the `path`."""
    return entry_points(group=group)


def _made(
    group: str,
    name: str,
    *,
    variable: str,
    prefix: str,
    given: Mapping[str, str],
    optional: Mapping[str, str],
    problems: list[str],
) -> Any:  # noqa: ANN401 - whatever the entry point names; the contract suites check it
    installed = _installed(group, tuple(sys.path))
    found = installed.select(name=name)
    if not found:
        have = ", ".join(sorted(installed.names)) or "none; install shoplytics again"
        problems.append(f"{variable}: no plugin named {name!r} is installed in {group} (there are: {have})")
        return None
    try:
        plugin: Callable[[msgspec.Struct], Any] = next(iter(found)).load()
    except ModuleNotFoundError as problem:
        problems.append(
            f"{variable}: the plugin {name!r} needs the package {problem.name}: install shoplytics[{name}]"
        )
        return None
    fields = {f"{prefix}{field.encode_name.upper()}": field for field in _fields(plugin)}
    own = {key: value for key, value in given.items() if key.startswith(prefix)}
    values = {key: value for key, value in optional.items() if key in fields} | own
    wrong = [f"{key}: the plugin {name!r} has no such setting" for key in own if key not in fields]
    wrong += [
        f"{key}: the plugin {name!r} needs it"
        for key, field in fields.items()
        if field.required and key not in values
    ]
    if not wrong:
        try:
            config = {fields[key].encode_name: value for key, value in values.items()}
            return plugin(msgspec.convert(config, _config(plugin), strict=False))
        except msgspec.ValidationError as problem:
            wrong = [f"{variable}: the plugin {name!r} cannot start: {problem}"]
    problems.extend(wrong)
    return None


def _config(plugin: object) -> Any:  # noqa: ANN401 - a Struct class of the plugin's
    return plugin.Config  # type: ignore[attr-defined]  # what ports/mailer.py asks of a plugin


def _fields(plugin: object) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(_config(plugin))

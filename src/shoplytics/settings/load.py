"""The table of variables, and how the settings of a process come from it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shoplytics.adapters.embedded import EmbeddedServers
from shoplytics.settings import oidc, parse, secrets, source
from shoplytics.settings.errors import SettingsError
from shoplytics.settings.model import Settings

_BINARY = parse.switch("1", "0")

SANDBOX = "sandbox"
LIVE_PAYSTACK = "sk_live_"
ZARINPAL, ZARINPAL_SANDBOX = "https://payment.zarinpal.com", "sandbox.zarinpal.com"
DATABASE = "shoplytics"
LOGIN = "shop_app"

VARIABLES: dict[str, parse.Parse] = {
    "PORT": parse.number(1, 65535),
    "HOST": parse.host,
    "SHOPLYTICS_HOME": parse.folder,
    "SHOPLYTICS_DATABASE_URL": parse.database_url,
    "SHOPLYTICS_OWNER_DATABASE_URL": parse.database_url,
    "SHOPLYTICS_REDIS_URL": parse.redis_url,
    "SHOPLYTICS_SECRET_KEY": parse.secret_key,
    "SHOPLYTICS_PUBLIC_URL": parse.origin,
    "SHOPLYTICS_ADMIN_EMAIL": parse.email,
    "SHOPLYTICS_ADMIN_PASSWORD": parse.words,
    "SHOPLYTICS_DEMO": _BINARY,
    "SHOPLYTICS_RATE_LIMITS": parse.switch("on", "off"),
    "SHOPLYTICS_REQUIRE_VERIFIED": _BINARY,
    "SHOPLYTICS_ADMIN_TWO_FACTOR": _BINARY,
    "SHOPLYTICS_ACCESS_MINUTES": parse.number(1, 1440),
    "SHOPLYTICS_REFRESH_DAYS": parse.number(1, 365),
    "SHOPLYTICS_CURRENCY": parse.currency,
    "SHOPLYTICS_LOW_STOCK": parse.number(0, 1_000_000),
    "SHOPLYTICS_TRUSTED_PROXIES": parse.list_of(parse.network),
    "SHOPLYTICS_CORS_ORIGINS": parse.list_of(parse.origin),
    "SHOPLYTICS_BROKER": parse.one_of(("postgres", "redis")),
    "SHOPLYTICS_REDIS_BINARY": parse.program,
    "SHOPLYTICS_MAILER": parse.plugin,
    "SHOPLYTICS_MAIL_URL": parse.mail_url,
    "SHOPLYTICS_MAIL_FROM": parse.mail_from,
    "SHOPLYTICS_SMS": parse.plugin,
    "SHOPLYTICS_TEMPLATES": parse.present_folder,
    "SHOPLYTICS_IMPORT_FOLDER": parse.present_folder,
    "SHOPLYTICS_OBJECT_STORE": parse.plugin,
    "SHOPLYTICS_MEDIA_URL": parse.web_address,
    "SHOPLYTICS_FETCH_ALLOW": parse.list_of(parse.network),
    "SHOPLYTICS_FETCH_PORTS": parse.list_of(parse.number(1, 65535)),
    "SHOPLYTICS_ANALYTICS_STORE": parse.one_of(("postgres",), planned=("clickhouse",)),
    "SHOPLYTICS_PAYMENT_PROVIDERS": parse.list_of(parse.plugin),
    "SHOPLYTICS_PAYSTACK_SECRET_KEY": parse.words,
    "SHOPLYTICS_PAYSTACK_BASE_URL": parse.web_address,
    "SHOPLYTICS_ZARINPAL_MERCHANT_ID": parse.words,
    "SHOPLYTICS_ZARINPAL_BASE_URL": parse.web_address,
    "SHOPLYTICS_SHOPIFY_CLIENT_ID": parse.words,
    "SHOPLYTICS_SHOPIFY_CLIENT_SECRET": parse.list_of(parse.words),
    "SHOPLYTICS_SHOPIFY_BASE_URL": parse.shop_template,
    "SHOPLYTICS_BRAND_TITLE": parse.words,
    "SHOPLYTICS_BRAND_WELCOME": parse.words,
    "SHOPLYTICS_BRAND_LOGO": parse.words,
    "SHOPLYTICS_BRAND_FAVICON": parse.words,
    "SHOPLYTICS_BRAND_THEME": parse.words,
}
_NEVER_SHOWN = re.compile(r"SECRET|PASSWORD|MERCHANT|DATABASE_URL|REDIS_URL|MAIL_URL")
_BUILT_IN = {"SHOPLYTICS_MAILER": "smtp", "SHOPLYTICS_SMS": "mailbox", "SHOPLYTICS_OBJECT_STORE": "files"}
_OF_PLUGINS = {
    "SHOPLYTICS_MAILER": "SHOPLYTICS_MAIL_",
    "SHOPLYTICS_SMS": "SHOPLYTICS_SMS_",
    "SHOPLYTICS_OBJECT_STORE": "SHOPLYTICS_{}_",
}
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
_SHOWN = 60


def load(
    environ: Mapping[str, str], *, embedded_ok: bool, defaults: Mapping[str, str] | None = None
) -> Settings:
    """Raises SettingsError with every problem. `embedded_ok`: servers not named lie in the home folder.

    Where PostgreSQL is embedded, the secret key is made and kept there too; that is the only thing written.
    `defaults` are values for variables that are not given.
    """
    problems: list[str] = []
    patterned = oidc.names_in(environ)
    options = _options(environ)
    texts = source.read(environ, VARIABLES, patterned=[*patterned, *options], problems=problems)
    values = _values({**(defaults or {}), **texts}, problems)
    values["plugin_options"] = tuple((name, texts[name]) for name in options if name in texts)
    values["oidc"] = oidc.providers_of({name: texts[name] for name in patterned if name in texts}, problems)
    _check_together(values, embedded_ok=embedded_ok, problems=problems)
    if problems:
        raise SettingsError(problems)
    values.setdefault("home", Path(".shoplytics").absolute())
    _place(values)
    return Settings(**values)


def _values(texts: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, parse_text in VARIABLES.items():
        if name not in texts:
            continue
        shown = "this value" if _NEVER_SHOWN.search(name) else repr(texts[name][:_SHOWN])
        try:
            values[_field(name)] = parse_text(texts[name])
        except parse.NotAvailable as problem:
            problems.append(f"{name}: {shown} is not available in this version: {problem}")
        except ValueError as problem:
            problems.append(f"{name}: {shown} is not allowed: {problem}")
    return values


def _options(environ: Mapping[str, str]) -> list[str]:
    """Variables that the settings do not know but a plugin of another package may: it decides."""
    prefixes = [
        prefix.format(environ[name].upper())
        for name, prefix in _OF_PLUGINS.items()
        if environ.get(name) not in (None, "", _BUILT_IN[name])
    ]
    providers = environ.get("SHOPLYTICS_PAYMENT_PROVIDERS", "").split(",")
    prefixes += [provider_prefix(name.strip()) for name in providers if name.strip() not in ("", SANDBOX)]
    names = {name.removesuffix("_FILE") for name in environ if name.startswith(tuple(prefixes))}
    return sorted(names - VARIABLES.keys()) if prefixes else []


def provider_prefix(name: str) -> str:
    """Of the variables that are the payment provider's own."""
    return f"SHOPLYTICS_{name.upper().replace('-', '_')}_"


def _field(name: str) -> str:
    return name.removeprefix(source.PREFIX).lower()


def _check_together(values: Mapping[str, Any], *, embedded_ok: bool, problems: list[str]) -> None:
    """What only several values together tell; a value that is wrong by itself was named already."""
    wrong = {problem.split(":", 1)[0].removesuffix("_FILE") for problem in problems}

    def missing(name: str) -> bool:
        return _field(name) not in values and name not in wrong

    if not embedded_ok:
        problems.extend(
            f"{name}: is required here; only `shoplytics up` brings servers of its own"
            for name in ("SHOPLYTICS_DATABASE_URL", "SHOPLYTICS_REDIS_URL")
            if missing(name)
        )
    given = "database_url" in values or not embedded_ok
    if given and missing("SHOPLYTICS_SECRET_KEY"):
        needs = "is required with a given database, the same in every process"
        problems.append(f"SHOPLYTICS_SECRET_KEY: {needs}: at least {parse.SECRET_KEY_BYTES} bytes")
    if "admin_password" in values and missing("SHOPLYTICS_ADMIN_EMAIL"):
        problems.append("SHOPLYTICS_ADMIN_PASSWORD: is of no use without SHOPLYTICS_ADMIN_EMAIL")
    if "owner_database_url" in values and missing("SHOPLYTICS_DATABASE_URL"):
        problems.append("SHOPLYTICS_OWNER_DATABASE_URL: is of no use without SHOPLYTICS_DATABASE_URL")
    problems.extend(_beside_the_sandbox(values))


def _beside_the_sandbox(values: Mapping[str, Any]) -> Iterator[str]:
    """Whoever has real keys could forget that the sandbox gives everything away."""
    if SANDBOX not in values.get("payment_providers", (SANDBOX,)):
        return
    for name in _real_keys(values):
        refused = f"the sandbox takes no money and must not stand beside a real {name}; name the others"
        yield f"SHOPLYTICS_PAYMENT_PROVIDERS: {refused}"


def _real_keys(values: Mapping[str, Any]) -> Iterator[str]:
    """Names of variables that would take money for real."""
    if str(values.get("paystack_secret_key", "")).startswith(LIVE_PAYSTACK):
        yield "SHOPLYTICS_PAYSTACK_SECRET_KEY"
    host = urlsplit(values.get("zarinpal_base_url", ZARINPAL)).hostname or ""
    if "zarinpal_merchant_id" in values and host.endswith("zarinpal.com") and host != ZARINPAL_SANDBOX:
        yield "SHOPLYTICS_ZARINPAL_MERCHANT_ID"


def _place(values: dict[str, Any]) -> None:
    """Fill in what follows from the rest: addresses of the embedded servers, the key, the public address."""
    home, fields = values["home"], {"postgres": "database_url", "valkey": "redis_url"}
    wanted = frozenset(name for name, field in fields.items() if field not in values)
    servers = EmbeddedServers(home, redis_binary=values.get("redis_binary"), run=wanted)
    if "postgres" in wanted:
        values["database_url"] = servers.postgres_url(LOGIN, DATABASE)
        values["owner_database_url"] = servers.postgres_url(database=DATABASE)
    if "valkey" in wanted:
        values["redis_url"] = servers.redis_url
    values["embedded"] = wanted
    if "secret_key" not in values:
        values["secret_key"] = secrets.secret_key(home)
    if "public_url" not in values:
        host, port = values.get("host", "127.0.0.1"), values.get("port", 8000)
        shown = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
        values["public_url"] = f"http://{shown}:{port}"

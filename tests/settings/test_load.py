"""Every variable of docs/operations.md, good and bad, from a bare environment."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from shoplytics.settings import Settings, SettingsError, load
from shoplytics.settings.load import VARIABLES

ROOT = Path(__file__).parent.parent.parent
KEY = "0123456789abcdef" * 2
GIVEN = {
    "SHOPLYTICS_DATABASE_URL": "postgresql://shop:hush@db.example:5432/shop",
    "SHOPLYTICS_REDIS_URL": "redis://:hush@cache.example:6379/0",
    "SHOPLYTICS_SECRET_KEY": KEY,
}


def of(**given: str) -> Settings:
    """A deployment's settings with these variables more."""
    return load({**GIVEN, **given}, embedded_ok=False)


def problems(given: Mapping[str, str], *, embedded_ok: bool = False) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(given, embedded_ok=embedded_ok)
    return refused.value.problems


GOOD = [
    ("PORT", "65535", "port", 65535),
    ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - a value like any other here
    ("HOST", "::1", "host", "::1"),
    ("HOST", "shop.example", "host", "shop.example"),
    ("SHOPLYTICS_HOME", "/srv/my shop", "home", Path("/srv/my shop")),
    ("SHOPLYTICS_DATABASE_URL", "postgres://db/shop", "database_url", "postgres://db/shop"),
    ("SHOPLYTICS_DATABASE_URL", "postgresql:///s?host=/tmp", "database_url", "postgresql:///s?host=/tmp"),
    ("SHOPLYTICS_OWNER_DATABASE_URL", "postgresql://db/s", "owner_database_url", "postgresql://db/s"),
    ("SHOPLYTICS_REDIS_URL", "unix:///run/valkey.sock?db=2", "redis_url", "unix:///run/valkey.sock?db=2"),
    ("SHOPLYTICS_REDIS_URL", "rediss://cache:6380/1", "redis_url", "rediss://cache:6380/1"),
    ("SHOPLYTICS_SECRET_KEY", "ü" * 16, "secret_key", ("ü" * 16).encode()),
    ("SHOPLYTICS_PUBLIC_URL", "https://shop.example/", "public_url", "https://shop.example"),
    ("SHOPLYTICS_ADMIN_EMAIL", "a@shop.example", "admin_email", "a@shop.example"),
    ("SHOPLYTICS_DEMO", "1", "demo", True),
    ("SHOPLYTICS_RATE_LIMITS", "off", "rate_limits", False),
    ("SHOPLYTICS_REQUIRE_VERIFIED", "1", "require_verified", True),
    ("SHOPLYTICS_ADMIN_TWO_FACTOR", "1", "admin_two_factor", True),
    ("SHOPLYTICS_ACCESS_MINUTES", "5", "access_minutes", 5),
    ("SHOPLYTICS_REFRESH_DAYS", "30", "refresh_days", 30),
    ("SHOPLYTICS_CURRENCY", "NGN", "currency", "NGN"),
    ("SHOPLYTICS_LOW_STOCK", "0", "low_stock", 0),
    (
        "SHOPLYTICS_TRUSTED_PROXIES",
        "10.0.0.0/8, fd00::/8,10.0.0.0/8",
        "trusted_proxies",
        (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
    ),
    (
        "SHOPLYTICS_CORS_ORIGINS",
        "https://a.example/,http://localhost:3000",
        "cors_origins",
        ("https://a.example", "http://localhost:3000"),
    ),
    ("SHOPLYTICS_BROKER", "redis", "broker", "redis"),
    ("SHOPLYTICS_REDIS_BINARY", "/bin/sh", "redis_binary", Path("/bin/sh")),
    ("SHOPLYTICS_MAILER", "smtp", "mailer", "smtp"),
    ("SHOPLYTICS_MAIL_URL", "smtp://mail.example:587", "mail_url", "smtp://mail.example:587"),
    ("SHOPLYTICS_MAIL_URL", "smtps://a:b@mail.example", "mail_url", "smtps://a:b@mail.example"),
    ("SHOPLYTICS_MAIL_URL", "file:///srv/mails", "mail_url", "file:///srv/mails"),
    ("SHOPLYTICS_MAIL_FROM", "A Shop <a@shop.example>", "mail_from", "A Shop <a@shop.example>"),
    ("SHOPLYTICS_SMS", "mailbox", "sms", "mailbox"),
    ("SHOPLYTICS_TEMPLATES", "/etc", "templates", Path("/etc")),
    ("SHOPLYTICS_IMPORT_FOLDER", "/etc", "import_folder", Path("/etc")),
    ("SHOPLYTICS_OBJECT_STORE", "s3", "object_store", "s3"),
    ("SHOPLYTICS_MEDIA_URL", "https://cdn.example/media/", "media_url", "https://cdn.example/media"),
    ("SHOPLYTICS_FETCH_ALLOW", "10.1.0.0/16", "fetch_allow", (ip_network("10.1.0.0/16"),)),
    ("SHOPLYTICS_FETCH_PORTS", "8080, 8443", "fetch_ports", (8080, 8443)),
    ("SHOPLYTICS_ANALYTICS_STORE", "postgres", "analytics_store", "postgres"),
    ("SHOPLYTICS_PAYMENT_PROVIDERS", "sandbox", "payment_providers", ("sandbox",)),
    ("SHOPLYTICS_PAYSTACK_SECRET_KEY", "sk_test_1", "paystack_secret_key", "sk_test_1"),
    ("SHOPLYTICS_PAYSTACK_BASE_URL", "http://127.0.0.1:9001", "paystack_base_url", "http://127.0.0.1:9001"),
    ("SHOPLYTICS_ZARINPAL_MERCHANT_ID", "1-2", "zarinpal_merchant_id", "1-2"),
    ("SHOPLYTICS_ZARINPAL_BASE_URL", "http://127.0.0.1:9002", "zarinpal_base_url", "http://127.0.0.1:9002"),
    ("SHOPLYTICS_SHOPIFY_CLIENT_ID", "app", "shopify_client_id", "app"),
    ("SHOPLYTICS_SHOPIFY_CLIENT_SECRET", "new, old", "shopify_client_secret", ("new", "old")),
    ("SHOPLYTICS_SHOPIFY_BASE_URL", "http://[::1]:9/{shop}", "shopify_base_url", "http://[::1]:9/{shop}"),
    ("SHOPLYTICS_BRAND_TITLE", "Märkte & mehr", "brand_title", "Märkte & mehr"),
    ("SHOPLYTICS_BRAND_WELCOME", "Hello", "brand_welcome", "Hello"),
    ("SHOPLYTICS_BRAND_LOGO", "/media/logo.svg", "brand_logo", "/media/logo.svg"),
    ("SHOPLYTICS_BRAND_FAVICON", "/media/f.ico", "brand_favicon", "/media/f.ico"),
    ("SHOPLYTICS_BRAND_THEME", "dark", "brand_theme", "dark"),
]

BAD = [
    *[("PORT", text) for text in ("0", "65536", "-1", "8000.0", "٨٠٠٠", "9" * 400)],
    *[("HOST", text) for text in ("a b", "http://a", "a_b", "x" * 64)],
    ("SHOPLYTICS_HOME", "/etc/passwd"),
    *[
        ("SHOPLYTICS_DATABASE_URL", text)
        for text in (
            "mysql://db/shop",
            "postgresql+asyncpg://db/shop",
            "postgresql://db",
            "postgresql:///shop",
            "postgresql://db:70000/shop",
            "postgresql://[db/shop",
        )
    ],
    ("SHOPLYTICS_OWNER_DATABASE_URL", "db/shop"),
    *[("SHOPLYTICS_REDIS_URL", text) for text in ("cache:6379", "http://cache", "redis://", "unix://")],
    ("SHOPLYTICS_SECRET_KEY", "too short"),
    *[
        ("SHOPLYTICS_PUBLIC_URL", text)
        for text in (
            "shop.example",
            "ftp://a",
            "https://a/b",
            "https://a?x",
            "https://u:p@a",
            "https://a b",
            "http://",
        )
    ],
    *[("SHOPLYTICS_ADMIN_EMAIL", text) for text in ("admin", "a@b", "a b@c.example", "a@b@c.example")],
    ("SHOPLYTICS_ADMIN_PASSWORD", "with\x07bell"),
    *[("SHOPLYTICS_DEMO", text) for text in ("yes", "true", "2")],
    ("SHOPLYTICS_RATE_LIMITS", "1"),
    ("SHOPLYTICS_REQUIRE_VERIFIED", "on"),
    ("SHOPLYTICS_ADMIN_TWO_FACTOR", "on"),
    ("SHOPLYTICS_ACCESS_MINUTES", "0"),
    ("SHOPLYTICS_REFRESH_DAYS", "366"),
    *[("SHOPLYTICS_CURRENCY", text) for text in ("usd", "XXX", "$")],
    ("SHOPLYTICS_LOW_STOCK", "-1"),
    *[("SHOPLYTICS_TRUSTED_PROXIES", text) for text in ("10.0.0.1/8", "proxy.example", ",", "*")],
    *[("SHOPLYTICS_CORS_ORIGINS", text) for text in ("*", "shop.example", "https://a/b")],
    ("SHOPLYTICS_BROKER", "kafka"),
    *[("SHOPLYTICS_REDIS_BINARY", text) for text in ("/no/such/file", "/etc/passwd")],
    ("SHOPLYTICS_MAILER", "carrier pigeon"),
    *[
        ("SHOPLYTICS_MAIL_URL", text)
        for text in ("http://mail", "smtp://", "smtp://mail?x=1", "file://here/x")
    ],
    *[("SHOPLYTICS_MAIL_FROM", text) for text in ("shop", "Shop <shop>", "a@b.example\nBcc: c@d.example")],
    ("SHOPLYTICS_SMS", "../pigeon"),
    *[("SHOPLYTICS_TEMPLATES", text) for text in ("/no/such/folder", "/etc/passwd")],
    ("SHOPLYTICS_IMPORT_FOLDER", "/no/such/folder"),
    ("SHOPLYTICS_OBJECT_STORE", "../attic"),
    ("SHOPLYTICS_MEDIA_URL", "cdn"),
    ("SHOPLYTICS_FETCH_ALLOW", "the world"),
    ("SHOPLYTICS_FETCH_PORTS", "0"),
    ("SHOPLYTICS_ANALYTICS_STORE", "abacus"),
    ("SHOPLYTICS_PAYMENT_PROVIDERS", "sandbox,Cash!"),
    ("SHOPLYTICS_PAYSTACK_SECRET_KEY", "\x00"),
    ("SHOPLYTICS_PAYSTACK_BASE_URL", "paystack"),
    ("SHOPLYTICS_ZARINPAL_MERCHANT_ID", "x" * 1001),
    ("SHOPLYTICS_ZARINPAL_BASE_URL", "zarinpal"),
    ("SHOPLYTICS_SHOPIFY_CLIENT_ID", "\n"),
    ("SHOPLYTICS_SHOPIFY_CLIENT_SECRET", ",,"),
    *[
        ("SHOPLYTICS_SHOPIFY_BASE_URL", text)
        for text in ("http://127.0.0.1:9000", "{shop}", "http://{shop}{shop}")
    ],
    *[(f"SHOPLYTICS_BRAND_{name}", "\x1b[2J") for name in ("TITLE", "WELCOME", "LOGO", "FAVICON", "THEME")],
]

LATER = [
    ("SHOPLYTICS_REDIS_URL", "redis+cluster://a:1,b:2", "redis://"),
    ("SHOPLYTICS_REDIS_URL", "redis+sentinel://a:1,b:2/main", "redis://"),
    ("SHOPLYTICS_ANALYTICS_STORE", "clickhouse", "use postgres"),
]


class TestAValue:
    @pytest.mark.parametrize(("name", "text", "field", "value"), GOOD)
    def test_becomes_a_field(self, name: str, text: str, field: str, value: object) -> None:
        sandboxed = {} if "ZARINPAL" not in name else {"SHOPLYTICS_ZARINPAL_BASE_URL": "http://127.0.0.1:1"}
        assert getattr(of(**{**sandboxed, name: text}), field) == value

    @pytest.mark.parametrize(("name", "text"), BAD)
    def test_is_refused_by_name_with_what_is_allowed(self, name: str, text: str) -> None:
        extra = {"SHOPLYTICS_ADMIN_EMAIL": "a@b.example"} if "PASSWORD" in name else {}
        (problem,) = problems({**GIVEN, **extra, name: text})
        assert re.match(rf"{name}: .+ is not allowed: .{{4,}}", problem)

    @pytest.mark.parametrize(("name", "text", "instead"), LATER)
    def test_is_refused_when_its_part_is_not_there_yet(self, name: str, text: str, instead: str) -> None:
        (problem,) = problems({**GIVEN, name: text})
        assert problem.startswith(f"{name}: ")
        assert "not available in this version" in problem
        assert instead in problem

    def test_is_tried_here_for_every_variable(self) -> None:
        assert {name for name, *_ in GOOD} | {"SHOPLYTICS_ADMIN_PASSWORD"} == set(VARIABLES)
        assert {name for name, _ in BAD} == set(VARIABLES)

    def test_is_documented_for_every_variable(self) -> None:
        text = (ROOT / "docs/operations.md").read_text()
        brand = {name for name in VARIABLES if name.startswith("SHOPLYTICS_BRAND_")}
        assert [name for name in VARIABLES if name not in brand and f"`{name}`" not in text] == []
        assert [name for name in brand if f"_{name.rpartition('_')[2]}`" not in text] == []

    def test_is_as_if_not_given_when_it_is_empty(self) -> None:
        assert of(PORT="", SHOPLYTICS_CURRENCY="", SHOPLYTICS_CORS_ORIGINS="").currency == "USD"


class TestAllValues:
    def test_are_examined_before_the_start_is_refused(self) -> None:
        found = problems(
            {
                "PORT": "no",
                "SHOPLYTICS_CURRENCY": "no",
                "SHOPLYTICS_SECRET_KEY": "no",
                "SHOPLYTICS_HOM": "/srv",
            }
        )
        names = {problem.split(":")[0] for problem in found}
        assert names == {
            "PORT",
            "SHOPLYTICS_CURRENCY",
            "SHOPLYTICS_SECRET_KEY",
            "SHOPLYTICS_HOM",
            "SHOPLYTICS_DATABASE_URL",
            "SHOPLYTICS_REDIS_URL",
        }
        assert len(found) == len(names)

    def test_never_show_a_secret(self) -> None:
        wrong = "hush hush"
        secret = re.compile("SECRET|PASSWORD|MERCHANT|DATABASE_URL|REDIS_URL|MAIL_URL")
        given = {name: f"{wrong}\x07" for name in VARIABLES if secret.search(name)}
        assert len(given) >= 8
        assert wrong not in "".join(problems(given))
        settings = of(
            SHOPLYTICS_ADMIN_EMAIL="a@b.example",
            SHOPLYTICS_ADMIN_PASSWORD=wrong,
            SHOPLYTICS_PAYSTACK_SECRET_KEY=wrong,
        )
        assert "hush" not in repr(settings)
        assert KEY not in repr(settings)

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("PAYSTACK_SECRET_KEY", {"SHOPLYTICS_PAYSTACK_SECRET_KEY": "sk_live_hush"}),
            ("ZARINPAL_MERCHANT_ID", {"SHOPLYTICS_ZARINPAL_MERCHANT_ID": "hush"}),
        ],
    )
    @pytest.mark.parametrize("providers", [None, "sandbox", "paystack,sandbox"])
    def test_never_have_the_sandbox_beside_real_keys(
        self, name: str, given: dict[str, str], providers: str | None
    ) -> None:
        named = {} if providers is None else {"SHOPLYTICS_PAYMENT_PROVIDERS": providers}
        (problem,) = problems({**GIVEN, **given, **named})
        assert problem.startswith("SHOPLYTICS_PAYMENT_PROVIDERS: the sandbox takes no money")
        assert name in problem
        assert "hush" not in problem
        assert of(**given, SHOPLYTICS_PAYMENT_PROVIDERS="paystack").payment_providers == ("paystack",)

    def test_have_the_sandbox_beside_keys_of_tests(self) -> None:
        given = {
            "SHOPLYTICS_PAYSTACK_SECRET_KEY": "sk_test_1",
            "SHOPLYTICS_ZARINPAL_MERCHANT_ID": "x",
            "SHOPLYTICS_ZARINPAL_BASE_URL": "https://sandbox.zarinpal.com",
        }
        assert of(**given).payment_providers == ("sandbox",)

    def test_have_the_documented_defaults(self) -> None:
        settings = of()
        assert (settings.host, settings.port, settings.public_url) == (
            "127.0.0.1",
            8000,
            "http://127.0.0.1:8000",
        )
        assert (settings.demo, settings.rate_limits, settings.require_verified) == (False, True, False)
        assert (settings.access_minutes, settings.refresh_days) == (30, 7)
        assert (settings.currency, settings.low_stock, settings.broker) == ("USD", 3, "postgres")
        assert settings.home == Path.cwd() / ".shoplytics"
        assert settings.embedded == frozenset()

    def test_take_the_defaults_of_the_command(self) -> None:
        local = {"SHOPLYTICS_DEMO": "1"}
        assert load(GIVEN, embedded_ok=False, defaults=local).demo
        assert not load({**GIVEN, "SHOPLYTICS_DEMO": "0"}, embedded_ok=False, defaults=local).demo

    @pytest.mark.parametrize(
        ("host", "shown"),
        [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("a.example", "a.example")],  # noqa: S104 - as above
    )
    def test_tell_the_public_address_from_host_and_port(self, host: str, shown: str) -> None:
        assert of(HOST=host, PORT="81").public_url == f"http://{shown}:81"


class TestAFile:
    def test_holds_any_value(self, tmp_path: Path) -> None:
        file = tmp_path / "value"
        file.write_text("8081\n")
        assert of(PORT_FILE=str(file)).port == 8081

    def test_holds_a_secret(self, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text(f"{KEY}\r\n")
        given = {name: value for name, value in GIVEN.items() if "SECRET" not in name}
        settings = load({**given, "SHOPLYTICS_SECRET_KEY_FILE": str(file)}, embedded_ok=False)
        assert settings.secret_key == KEY.encode()

    def test_is_named_when_it_cannot_be_read(self, tmp_path: Path) -> None:
        (problem,) = problems({**GIVEN, "PORT_FILE": str(tmp_path / "absent")})
        assert problem.startswith("PORT_FILE: cannot read ")
        (problem,) = problems({**GIVEN, "PORT_FILE": str(tmp_path)})
        assert problem.startswith("PORT_FILE: cannot read ")

    def test_is_refused_beside_the_value_itself(self, tmp_path: Path) -> None:
        (problem,) = problems({**GIVEN, "PORT": "1", "PORT_FILE": str(tmp_path)})
        assert problem.startswith("PORT: given twice")

    def test_is_refused_when_it_is_no_small_text(self, tmp_path: Path) -> None:
        file = tmp_path / "value"
        file.write_bytes(b"\xff")
        (problem,) = problems({**GIVEN, "PORT_FILE": str(file)})
        assert "not UTF-8" in problem
        file.write_bytes(b"1" * 70_000)
        (problem,) = problems({**GIVEN, "PORT_FILE": str(file)})
        assert "larger than" in problem


class TestAName:
    @pytest.mark.parametrize(
        ("wrong", "meant"),
        [
            ("SHOPLYTICS_DATABSE_URL", "SHOPLYTICS_DATABASE_URL"),
            ("SHOPLYTICS_PUBLICURL", "SHOPLYTICS_PUBLIC_URL"),
            ("SHOPLYTICS_SECRET_KEY_FIEL", "SHOPLYTICS_SECRET_KEY_FILE"),
        ],
    )
    def test_that_is_unknown_is_refused_with_the_nearest(self, wrong: str, meant: str) -> None:
        (problem,) = problems({**GIVEN, wrong: "1"})
        assert problem == f"{wrong}: there is no such setting; is {meant} meant?"

    def test_of_someone_else_is_left_alone(self) -> None:
        others = {"SHOPPING": "1", "PORTAL": "x", "SHOPLYTICS_FIXTURES": "../f", "DATABASE_URL": "mysql://"}
        assert of(**others) == of()


class TestTogether:
    def test_a_given_database_needs_a_secret_key(self) -> None:
        (problem,) = problems({"SHOPLYTICS_DATABASE_URL": "postgresql://db/s"}, embedded_ok=True)
        assert problem.startswith("SHOPLYTICS_SECRET_KEY: is required")

    def test_a_password_needs_an_address(self) -> None:
        (problem,) = problems({**GIVEN, "SHOPLYTICS_ADMIN_PASSWORD": "a good long one"})
        assert problem.startswith("SHOPLYTICS_ADMIN_PASSWORD: ")

    def test_an_owner_needs_a_database(self, tmp_path: Path) -> None:
        given = {"SHOPLYTICS_OWNER_DATABASE_URL": "postgresql://db/s", "SHOPLYTICS_HOME": str(tmp_path)}
        (problem,) = problems(given, embedded_ok=True)
        assert problem.startswith("SHOPLYTICS_OWNER_DATABASE_URL: ")

    def test_the_owner_is_the_one_user_unless_given(self) -> None:
        assert of().owner_url == GIVEN["SHOPLYTICS_DATABASE_URL"]
        assert of(SHOPLYTICS_OWNER_DATABASE_URL="postgresql://o@db/s").owner_url == "postgresql://o@db/s"


class TestEmbedded:
    def test_servers_have_addresses_before_they_run(self, tmp_path: Path) -> None:
        settings = load({"SHOPLYTICS_HOME": str(tmp_path / "a home")}, embedded_ok=True)
        assert settings.embedded == {"postgres", "valkey"}
        assert settings.database_url.startswith("postgresql://shop_app@/shoplytics?host=/")
        assert settings.owner_url.startswith("postgresql://postgres@/shoplytics?host=/")
        assert settings.redis_url.startswith("unix:///")

    def test_either_may_be_given_alone(self, tmp_path: Path) -> None:
        home = {"SHOPLYTICS_HOME": str(tmp_path)}
        redis = load({**home, "SHOPLYTICS_REDIS_URL": "redis://cache"}, embedded_ok=True)
        assert redis.embedded == {"postgres"}
        assert redis.redis_url == "redis://cache"
        database = {"SHOPLYTICS_DATABASE_URL": "postgresql://db/s", "SHOPLYTICS_SECRET_KEY": KEY}
        assert load({**home, **database}, embedded_ok=True).embedded == {"valkey"}

    def test_key_is_made_once_and_kept_for_its_owner_alone(self, tmp_path: Path) -> None:
        home = {"SHOPLYTICS_HOME": str(tmp_path / "home")}
        key = load(home, embedded_ok=True).secret_key
        assert len(key) >= 32
        assert load(home, embedded_ok=True).secret_key == key
        (file,) = (tmp_path / "home").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600

    def test_writes_nothing_when_the_settings_are_wrong(self, tmp_path: Path) -> None:
        problems({"SHOPLYTICS_HOME": str(tmp_path / "home"), "PORT": "no"}, embedded_ok=True)
        assert list(tmp_path.iterdir()) == []

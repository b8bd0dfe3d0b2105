"""Which plugin letters leave by, and one of another package."""

from pathlib import Path

import msgspec
import pytest

from shoplytics.settings import Settings, SettingsError, load
from shoplytics.settings.plugins import (
    check_plugins,
    mailer_name,
    object_store_of,
    payment_providers_of,
    sender_of,
    senders_of,
)

PLAIN = Settings(database_url="", redis_url="", secret_key=b"")
GIVEN = {
    "SHOPLYTICS_DATABASE_URL": "postgresql://shop:hush@db.example:5432/shop",
    "SHOPLYTICS_REDIS_URL": "redis://cache.example:6379/0",
    "SHOPLYTICS_SECRET_KEY": "0123456789abcdef0123456789abcdef",
}
PIGEON = """
from typing import Annotated
import msgspec
class Config(msgspec.Struct, frozen=True):
    loft: str
    birds: Annotated[int, msgspec.Meta(ge=1)] = 1
class Pigeons:
    Config = Config
    name = "pigeon"
    def __init__(self, config):
        self.config = config
    async def send(self, message): ...
"""


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else's, installed."""
    (tmp_path / "pigeon_mail.py").write_text(PIGEON)
    about = tmp_path / "pigeon_mail-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-mail\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[shoplytics.mailers]\npigeon = pigeon_mail:Pigeons\n")
    monkeypatch.syspath_prepend(tmp_path)


def problems(**given: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        senders_of(load(GIVEN | given, embedded_ok=False))
    return refused.value.problems


class TestChoice:
    @pytest.mark.parametrize(
        ("url", "name"),
        [(None, "mailbox"), ("smtp://mail.example", "smtp"), ("file:///srv/mails", "eml")],
    )
    def test_follows_the_address(self, url: str | None, name: str) -> None:
        assert mailer_name(msgspec.structs.replace(PLAIN, mail_url=url)) == name
        assert senders_of(msgspec.structs.replace(PLAIN, mail_url=url)).mailer.name == name

    @pytest.mark.parametrize(
        ("public", "sender"),
        [
            ("https://shop.example:8443", "no-reply@shop.example"),
            ("http://127.0.0.1:8000", "no-reply@localhost"),
            ("http://[::1]:8000", "no-reply@localhost"),
        ],
    )
    def test_of_the_sender_follows_the_public_address(self, public: str, sender: str) -> None:
        assert sender_of(msgspec.structs.replace(PLAIN, public_url=public)) == sender

    def test_of_none_that_is_installed_is_said_in_a_sentence(self) -> None:
        mail, sms = problems(SHOPLYTICS_MAILER="pigeon", SHOPLYTICS_SMS="pigeon")
        assert mail.startswith("SHOPLYTICS_MAILER: no plugin named 'pigeon' is installed")
        assert "eml, mailbox, smtp" in mail
        assert sms.startswith("SHOPLYTICS_SMS: no plugin named 'pigeon'")

    def test_of_all_kinds_is_judged_at_once(self) -> None:
        given = {"SHOPLYTICS_MAILER": "pigeon", "SHOPLYTICS_OBJECT_STORE": "attic"}
        with pytest.raises(SettingsError) as refused:
            check_plugins(load(GIVEN | given, embedded_ok=False))
        mail, store = refused.value.problems
        assert mail.startswith("SHOPLYTICS_MAILER: no plugin named 'pigeon'")
        assert store.startswith("SHOPLYTICS_OBJECT_STORE: no plugin named 'attic'")
        assert "files, s3" in store

    def test_of_payment_providers_is_in_the_order_of_the_setting(self) -> None:
        assert list(payment_providers_of(PLAIN)) == ["sandbox"]
        with pytest.raises(SettingsError) as refused:
            check_plugins(load(GIVEN | {"SHOPLYTICS_PAYMENT_PROVIDERS": "sandbox,cowrie"}, embedded_ok=False))
        [problem] = refused.value.problems
        assert problem.startswith("SHOPLYTICS_PAYMENT_PROVIDERS: no plugin named 'cowrie' is installed")
        assert "(there are: sandbox)" in problem

    def test_of_the_bucket_reads_its_variables_and_keeps_the_secret(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("hush\n")
        given = {
            "SHOPLYTICS_OBJECT_STORE": "s3",
            "SHOPLYTICS_S3_BUCKET": "shop",
            "SHOPLYTICS_S3_KEY_ID": "id",
            "SHOPLYTICS_S3_SECRET_KEY_FILE": str(tmp_path / "secret"),
        }
        settings = load(GIVEN | given, embedded_ok=False)
        assert getattr(object_store_of(settings), "name", None) == "s3"
        assert "hush" not in repr(settings)

    def test_of_one_by_name_wants_its_address(self) -> None:
        [problem] = problems(SHOPLYTICS_MAILER="eml")
        assert problem == "SHOPLYTICS_MAIL_URL: the plugin 'eml' needs it"


SHELLS = """
import msgspec
class Config(msgspec.Struct, frozen=True):
    beach: str
class Shells:
    Config = Config
    name = "sea-shells"
    def __init__(self, config):
        self.config = config
"""


class TestForeignPaymentProvider:
    @pytest.fixture(autouse=True)
    def shells(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sea_shells.py").write_text(SHELLS)
        about = tmp_path / "sea_shells-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sea-shells\nVersion: 1.0\n")
        entry = "[shoplytics.payment_providers]\nsea-shells = sea_shells:Shells\n"
        (about / "entry_points.txt").write_text(entry)
        monkeypatch.syspath_prepend(tmp_path)

    def test_stands_beside_ours_with_variables_of_its_own(self) -> None:
        chosen = {"SHOPLYTICS_PAYMENT_PROVIDERS": "sea-shells,sandbox", "SHOPLYTICS_SEA_SHELLS_BEACH": "west"}
        made = payment_providers_of(load(GIVEN | chosen, embedded_ok=False))
        assert list(made) == ["sea-shells", "sandbox"]
        assert vars(made["sea-shells"])["config"].beach == "west"

    def test_says_what_is_missing(self) -> None:
        chosen = load(GIVEN | {"SHOPLYTICS_PAYMENT_PROVIDERS": "sea-shells"}, embedded_ok=False)
        with pytest.raises(SettingsError) as refused:
            payment_providers_of(chosen)
        assert refused.value.problems == ("SHOPLYTICS_SEA_SHELLS_BEACH: the plugin 'sea-shells' needs it",)


@pytest.mark.usefixtures("pigeon")
class TestForeignPlugin:
    def test_gets_its_own_variables(self, tmp_path: Path) -> None:
        (tmp_path / "loft").write_text("attic\n")
        given = {"SHOPLYTICS_MAILER": "pigeon", "SHOPLYTICS_MAIL_LOFT_FILE": str(tmp_path / "loft")}
        mailer = senders_of(load(GIVEN | given | {"SHOPLYTICS_MAIL_BIRDS": "3"}, embedded_ok=False)).mailer
        assert mailer.name == "pigeon"
        assert vars(mailer)["config"].loft == "attic"
        assert vars(mailer)["config"].birds == 3

    def test_says_what_is_missing_or_too_much(self) -> None:
        found = problems(SHOPLYTICS_MAILER="pigeon", SHOPLYTICS_MAIL_CROWS="1")
        assert found == (
            "SHOPLYTICS_MAIL_CROWS: the plugin 'pigeon' has no such setting",
            "SHOPLYTICS_MAIL_LOFT: the plugin 'pigeon' needs it",
        )

    def test_says_what_is_wrong(self) -> None:
        [problem] = problems(SHOPLYTICS_MAILER="pigeon", SHOPLYTICS_MAIL_LOFT="x", SHOPLYTICS_MAIL_BIRDS="0")
        assert problem.startswith("SHOPLYTICS_MAILER: the plugin 'pigeon' cannot start: ")

    def test_has_variables_only_while_it_is_chosen(self) -> None:
        with pytest.raises(SettingsError, match="SHOPLYTICS_MAIL_LOFT: there is no such setting"):
            load(GIVEN | {"SHOPLYTICS_MAIL_LOFT": "attic"}, embedded_ok=False)

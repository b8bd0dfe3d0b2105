"""What every mailer promises, ours and those of other packages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from importlib.metadata import entry_points
from pathlib import Path

import msgspec
import pytest
from tests.smtp_server import free_port, smtp_server, taken

from shoplytics.kernel.errors import Invalid, Unavailable
from shoplytics.ports.mailer import Mailer, MailMessage
from shoplytics.settings import Settings
from shoplytics.settings.plugins import MAILERS, senders_of

LETTER = MailMessage(
    id="0190-abc",
    to="ada@example.com",
    subject="Fünf Körbe",
    text="Grüße,\nShop\n",
    html="<p>Grüße</p>",
)


@dataclass
class Case:
    """`arrived` is None where nobody can look."""

    mailer: Mailer
    broken: Mailer | None
    arrived: Callable[[], Sequence[EmailMessage]] | None


def of(settings: Settings, url: str | None) -> Mailer:
    chosen = msgspec.structs.replace(settings, mail_url=url, mail_from="Shop <shop@example.com>")
    return senders_of(chosen).mailer


def files(folder: Path) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.iterdir())]


@pytest.fixture(params=["smtp", "eml", "mailbox"])
def case(request: pytest.FixtureRequest, plain: Settings, tmp_path: Path) -> Iterator[Case]:
    folder = tmp_path / "mails"
    if request.param == "smtp":
        port = free_port()
        with smtp_server(port, folder):
            mailer, broken = of(plain, f"smtp://127.0.0.1:{port}"), of(plain, "smtp://127.0.0.1:9")
            yield Case(mailer, broken, lambda: taken(folder))
    elif request.param == "eml":
        folder.mkdir()
        (tmp_path / "file").touch()
        mailer, broken = of(plain, f"file://{folder}"), of(plain, f"file://{tmp_path}/file/x")
        yield Case(mailer, broken, lambda: files(folder))
    else:
        yield Case(of(plain, None), None, None)


@pytest.fixture
def plain() -> Settings:
    return Settings(database_url="", redis_url="", secret_key=b"")


class TestMailer:
    def test_is_named_as_its_entry_point(self, case: Case) -> None:
        assert case.mailer.name in entry_points(group=MAILERS).names

    async def test_brings_both_bodies_to_one_addressee(self, case: Case) -> None:
        await case.mailer.send(LETTER)
        if case.arrived is None:
            return
        [message] = case.arrived()
        assert message["To"] == "ada@example.com"
        assert message["From"] == "Shop <shop@example.com>"
        assert message["Subject"] == "Fünf Körbe"
        assert message["Message-ID"] == "<0190-abc@example.com>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message.get_content_type() == "multipart/alternative"
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content().replace("\r\n", "\n") == LETTER.text
        assert html.get_content().strip() == LETTER.html

    async def test_may_be_told_twice(self, case: Case) -> None:
        await case.mailer.send(LETTER)
        await case.mailer.send(LETTER)
        if case.arrived is not None:
            assert {message["Message-ID"] for message in case.arrived()} == {"<0190-abc@example.com>"}

    @pytest.mark.parametrize(
        "change",
        [
            {"to": "ada@example.com\r\nBcc: eve@example.com"},
            {"to": "ada@example.com, eve@example.com"},
            {"subject": "Hello\r\nBcc: eve@example.com"},
            {"subject": "Hello\n\nA body of mine"},
            {"id": "1>\r\nBcc: eve@example.com"},
        ],
        ids=repr,
    )
    async def test_lets_nothing_add_a_header_or_an_addressee(
        self, case: Case, change: dict[str, str]
    ) -> None:
        if case.arrived is None:
            return
        with pytest.raises(Invalid):
            await case.mailer.send(msgspec.structs.replace(LETTER, **change))
        assert case.arrived() == []

    async def test_says_so_when_trying_later_may_help(self, case: Case) -> None:
        if case.broken is not None:
            with pytest.raises(Unavailable):
                await case.broken.send(LETTER)

"""The mail server as it may be: silent, unfriendly, unencrypted."""

from pathlib import Path

import pytest
from tests.smtp_server import free_port, smtp_server, taken

from shoplytics.adapters.mail.smtp import SmtpConfig, SmtpMailer
from shoplytics.kernel.errors import Invalid, Unavailable
from shoplytics.ports.mailer import MailMessage


def mailer(url: str, *, seconds: float = 5.0) -> SmtpMailer:
    return SmtpMailer(SmtpConfig(url=url, sender="shop@example.com"), answer_seconds=seconds)


def to(address: str) -> MailMessage:
    return MailMessage(id="1", to=address, subject="s", text="t", html="<p>h</p>")


class TestSmtp:
    async def test_is_not_waited_for_when_it_hangs(self, tmp_path: Path) -> None:
        port = free_port()
        with smtp_server(port, tmp_path / "mails", hang=True), pytest.raises(Unavailable):
            await mailer(f"smtp://127.0.0.1:{port}", seconds=0.5).send(to("ada@example.com"))

    async def test_has_the_last_word_about_an_address(self, tmp_path: Path) -> None:
        port = free_port()
        with smtp_server(port, tmp_path / "mails"):
            with pytest.raises(Invalid, match=r"550 5\.1\.1 There is nobody of that name"):
                await mailer(f"smtp://127.0.0.1:{port}").send(to("no-body@example.com"))
            with pytest.raises(Unavailable, match="451"):
                await mailer(f"smtp://127.0.0.1:{port}").send(to("later-on@example.com"))

    async def test_that_lets_us_not_in_is_for_the_operator_to_mend(self, tmp_path: Path) -> None:
        """It offers no sign-in at all; the mail waits."""
        port = free_port()
        with smtp_server(port, tmp_path / "mails"):
            with pytest.raises(Unavailable) as refused:
                await mailer(f"smtp://shop:hush%40@127.0.0.1:{port}").send(to("ada@example.com"))
            assert taken(tmp_path / "mails") == []
        assert "hush" not in str(refused.value)

    async def test_gets_no_password_in_the_clear(self, tmp_path: Path) -> None:
        """Under a name that is not this machine's loopback for whoever reads the address."""
        port = free_port()
        mails, far = tmp_path / "mails", "127.0.0.2"
        with (
            smtp_server(port, mails, host=far),
            pytest.raises(Unavailable, match="no encryption"),
        ):
            await mailer(f"smtp://shop:hush@{far}:{port}").send(to("ada@example.com"))

    async def test_takes_addresses_beyond_ascii(self, tmp_path: Path) -> None:
        port = free_port()
        with smtp_server(port, tmp_path / "mails"):
            await mailer(f"smtp://127.0.0.1:{port}").send(to("ada@bücher.example"))
            await mailer(f"smtp://127.0.0.1:{port}").send(to("größe@example.com"))
        first, second = taken(tmp_path / "mails")
        assert first["To"] == "ada@xn--bcher-kva.example"
        assert "größe@example.com" in str(second["To"])

    async def test_tells_the_doctor_how_it_is(self, tmp_path: Path) -> None:
        port = free_port()
        with smtp_server(port, tmp_path / "mails"):
            assert "not encrypted" in await mailer(f"smtp://127.0.0.1:{port}").check()
        with pytest.raises(Unavailable):
            await mailer(f"smtp://127.0.0.1:{port}").check()

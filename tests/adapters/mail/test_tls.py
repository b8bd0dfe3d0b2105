"""Mail servers that encrypt: with STARTTLS, or from the first byte."""

from pathlib import Path

import pytest
from tests.adapters.mail.certificates import certificate_of
from tests.smtp_server import free_port, smtp_server, taken

from shoplytics.adapters.mail.smtp import SmtpConfig, SmtpMailer
from shoplytics.kernel.errors import Unavailable
from shoplytics.ports.mailer import MailMessage

FAR = "127.0.0.2"  # not this machine's loopback for whoever reads the address
MESSAGE = MailMessage(id="1", to="ada@example.com", subject="s", text="t", html="<p>h</p>")


def mailer(scheme: str, port: int, *, password: str = "hush") -> SmtpMailer:  # noqa: S107 - the test server's
    url = f"{scheme}://shop:{password}@{FAR}:{port}"
    return SmtpMailer(SmtpConfig(url=url, sender="shop@example.com"))


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
class TestTls:
    async def test_carries_the_password_and_the_mail(
        self, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port, mails = free_port(), tmp_path / "mails"
        known = certificate_of(FAR, tmp_path / "known.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        with smtp_server(port, mails, host=FAR, certificate=known, at_once=scheme == "smtps"):
            await mailer(scheme, port).send(MESSAGE)
            assert (await mailer(scheme, port).check()).endswith("answers, encrypted")
            with pytest.raises(Unavailable, match="535") as refused:
                await mailer(scheme, port, password="wrong").send(MESSAGE)
        assert "wrong" not in str(refused.value)
        assert len(taken(mails)) == 1

    @pytest.mark.parametrize("address", [FAR, "127.0.0.3"], ids=["unknown authority", "another address"])
    async def test_is_broken_off_before_a_server_that_does_not_prove_who_it_is(
        self, scheme: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port, mails = free_port(), tmp_path / "mails"
        shown = certificate_of(address, tmp_path / "shown.pem")
        trusted = certificate_of(FAR, tmp_path / "other.pem") if address == FAR else shown
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with (
            smtp_server(port, mails, host=FAR, certificate=shown, at_once=scheme == "smtps"),
            pytest.raises(Unavailable),
        ):
            await mailer(scheme, port).send(MESSAGE)
        assert taken(mails) == []

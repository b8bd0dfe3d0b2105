"""What strangers wrote stands in a mail as they wrote it and makes no header of its own."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.smtp_server import free_port, smtp_server, taken

from shoplytics.adapters.mail.mime import address_of, mime_of
from shoplytics.adapters.mail.smtp import SmtpConfig, SmtpMailer
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import Invalid
from shoplytics.ports.mailer import MailMessage

HOLE = "=?utf-8?q?a=0d=0abcc=3ax=40victim.example=0d=0a=0d=0ahi?="
HOLE64 = "=?utf-8?b?YQ0KQmNjOiB4QHZpY3RpbS5leGFtcGxlDQoNCmhp?="
HEADERS = [
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Date",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def mail(*, to: str = "ada@example.com", subject: str = "Hello") -> MailMessage:
    return MailMessage(id="1", to=to, subject=subject, text="The text.", html="<p>h</p>")


def made(message: MailMessage) -> EmailMessage:
    return mime_of(message, sender=address_of("Shop <shop@example.com>"), now=utc_now())


class TestMime:
    @pytest.mark.parametrize("word", [HOLE, HOLE64, HOLE.replace("utf-8", "us-ascii*en")])
    def test_refuses_an_encoded_word_in_an_address(self, word: str) -> None:
        with pytest.raises(Invalid) as refused:
            made(mail(to=f"{word}@evil.example"))
        assert refused.value.code == "invalid_mail"

    @pytest.mark.parametrize("subject", ["Hello\r\nBcc: x@victim.example", "Hello\nBcc: x@victim.example"])
    def test_refuses_a_subject_of_several_lines(self, subject: str) -> None:
        with pytest.raises(Invalid):
            made(mail(subject=subject))

    async def test_sends_a_subject_as_it_was_written(self, tmp_path: Path) -> None:
        """But for blanks, whatever encoded words a name holds."""
        port = free_port()
        mailer = SmtpMailer(SmtpConfig(url=f"smtp://127.0.0.1:{port}", sender="shop@example.com"))
        subjects = [f"{HOLE} invites you", f"x{HOLE64}", f"=={HOLE}{HOLE64} größe " * 9]
        with smtp_server(port, tmp_path / "mails"):
            for subject in subjects:
                await mailer.send(mail(subject=subject))
            with pytest.raises(Invalid):
                await mailer.send(mail(to=f"{HOLE}@evil.example"))
        sent = taken(tmp_path / "mails")
        assert [sorted(found.keys()) for found in sent] == [sorted(HEADERS)] * 3
        for found, subject in zip(sent, subjects, strict=True):
            assert "".join(str(found["Subject"]).split()) == "".join(subject.split())
            body = found.get_body(("plain",))
            assert body is not None
            assert body.get_content().strip() == "The text."

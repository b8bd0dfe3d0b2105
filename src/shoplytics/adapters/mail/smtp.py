"""`smtp`: hands mails to a mail server, encrypted wherever the server offers it."""

import asyncio
from contextlib import suppress
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import msgspec
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from shoplytics.adapters.mail.mime import address_of, mime_of
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import Invalid, Unavailable
from shoplytics.ports.mailer import MailMessage

ANSWER_SECONDS = 10.0
TOTAL_SECONDS = 30.0
NEVER = 500  # from here on a server's no is for good (RFC 5321, part 4.2.1)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SmtpConfig(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """`url` is smtp://user:password@host:587, or smtps:// for TLS from the first byte (port 465)."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        address_of(self.sender)
        parts = urlsplit(self.url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            msg = "SHOPLYTICS_MAIL_URL: smtp://user:password@host:587 or smtps://user:password@host is needed"
            raise ValueError(msg)


class SmtpMailer:
    """A connection a mail: servers differ in how long they keep one, and mails are rare."""

    Config: ClassVar[type[SmtpConfig]] = SmtpConfig
    name = "smtp"

    def __init__(self, config: SmtpConfig, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        parts = urlsplit(config.url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = address_of(config.sender)
        self._seconds = answer_seconds

    async def send(self, message: MailMessage) -> None:
        """A server's no to this mail is for good from 500 up; whatever else went wrong may pass.

        That it does not let us in, or not under this sender, the operator has to change: mails wait for it.
        """
        mime = mime_of(message, sender=self._sender, now=utc_now())
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                client = await self._connected()
                try:
                    await client.send_message(mime)
                finally:
                    with suppress(SMTPException, OSError):
                        await client.quit()
        except SMTPRecipientsRefused as refused:
            raise _refusal(refused.recipients[0]) from refused
        except (SMTPRecipientRefused, SMTPDataError) as refused:
            raise _refusal(refused) from refused
        except SMTPNotSupported as lacking:
            msg = f"The mail server cannot take it: {lacking.message}"
            raise Invalid(msg, code="refused") from lacking
        except (SMTPException, OSError) as problem:  # a time-out is an OSError
            msg = f"The mail server: {_words(problem)}"
            raise Unavailable(msg) from problem

    async def check(self) -> str:
        """For the doctor: how it greets, after signing in. Raises Unavailable."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                client = await self._connected()
                encrypted = client.get_transport_info("sslcontext") is not None
                with suppress(SMTPException, OSError):
                    await client.quit()
        except (SMTPException, OSError) as problem:
            raise Unavailable(_words(problem)) from problem
        return f"{self._host}:{self._port} answers, {'encrypted' if encrypted else 'not encrypted'}"

    async def _connected(self) -> SMTP:
        client = SMTP(hostname=self._host, port=self._port, use_tls=self._tls, timeout=self._seconds)
        await client.connect()
        if self._user:
            encrypted = client.get_transport_info("sslcontext") is not None
            if not encrypted and self._host not in LOOPBACK:
                client.close()
                msg = "offers no encryption, and the password is not sent without"
                raise SMTPException(msg)
            try:
                await client.login(self._user, self._password)
            except SMTPException:
                client.close()
                raise
        return client


def _refusal(refused: SMTPResponseException) -> Invalid | Unavailable:
    said = f"The mail server said {_words(refused)}"
    return Invalid(said, code="refused") if refused.code >= NEVER else Unavailable(said)


def _words(problem: Exception) -> str:
    code = f"{problem.code} " if isinstance(problem, SMTPResponseException) else ""
    text = problem.message if isinstance(problem, SMTPException) else str(problem)
    return code + (" ".join(text.split()) or type(problem).__name__)

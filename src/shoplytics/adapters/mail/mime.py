"""A letter as a message of RFC 5322."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from shoplytics.kernel.errors import Invalid
from shoplytics.ports.mailer import MailMessage

BREAKS = ("\r", "\n", "\x00")
ENCODED = "=?"
"""Begins a word of RFC 2047, which the email package decodes wherever it stands, line breaks and all."""


def address_of(text: str) -> Address:
    """Of `Name <user@host>` or `user@host`. Raises ValueError; a host beyond ASCII becomes its IDNA form."""
    if any(mark in text for mark in BREAKS):
        msg = "an address has no line breaks"
        raise ValueError(msg)
    name, spec = parseaddr(text)
    user, _, host = spec.rpartition("@")
    if not user or not host:
        msg = "an address such as shop@example.com or Shop <shop@example.com>"
        raise ValueError(msg)
    try:
        domain = host if host.isascii() else host.encode("idna").decode()
        return Address(display_name=name, username=user, domain=domain)
    except (MessageError, UnicodeError, IndexError) as error:
        raise ValueError(str(error)) from None


def _recipient(text: str) -> Address:
    """One bare address: a list or a name with it would reach whom nobody meant. Raises ValueError."""
    if ENCODED in text or any(mark in ' ,;:<>()"' or not mark.isprintable() for mark in text):
        msg = "this is not one e-mail address"
        raise ValueError(msg)
    return address_of(text)


def mime_of(message: MailMessage, *, sender: Address, now: datetime) -> EmailMessage:
    """With both bodies; its Message-ID is the same at each attempt. Raises Invalid."""
    mime = EmailMessage(policy=SMTP if message.to.isascii() else SMTPUTF8)
    try:
        mime["From"] = sender
        mime["To"] = _recipient(message.to)
        mime["Subject"] = message.subject.replace(ENCODED, "= ?")
        mime["Message-ID"] = f"<{message.id}@{sender.domain}>"
        mime["Date"] = format_datetime(now)
        mime["Auto-Submitted"] = "auto-generated"
        mime.set_content(message.text)
        mime.add_alternative(message.html, subtype="html")
        _check_head(mime)
    except (ValueError, MessageError) as error:
        msg = f"The mail cannot be written: {error}"
        raise Invalid(msg, code="invalid_mail") from None
    return mime


def _check_head(mime: EmailMessage) -> None:
    """What is sent has the headers that were set and no others. Raises ValueError.

    A blank line that came with a value would end the head early, so that the later ones are missing.
    """
    sent = BytesHeaderParser().parsebytes(mime.as_bytes())
    if sent.keys() != mime.keys() or sent.defects:
        msg = "a value would make headers of its own"
        raise ValueError(msg)

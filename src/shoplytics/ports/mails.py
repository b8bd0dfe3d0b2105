"""Mails and text messages on their way: written with the change that causes them, delivered by workers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec

from shoplytics.kernel.letters import Letter

MAILBOX = "mailbox"
"""The plugin, of mails and of text messages, that sends nothing: what it takes is kept to be read here."""


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class MailStatus(StrEnum):
    """`kept` lies in the mailbox; `expired` was dropped because its time was over."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    EXPIRED = "expired"
    FAILED = "failed"


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A letter in words. A text message has a text only."""

    subject: str = ""
    text: str
    html: str = ""


Render: TypeAlias = Callable[[Letter, Channel, str], Body]
"""Puts a letter into words: for a channel, in the nearest locale there is."""


class Mails(Protocol):
    """In the unit of work: what is added is sealed, and sent once after the commit, while it is good."""

    async def add(
        self,
        letter: Letter,
        *,
        to: str,
        cause: UUID,
        locale: str | None = None,
        store_id: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """`to` is an e-mail address, or a number in E.164 for a text message.

        `cause` is the id of the event: the same letter for the same cause and address is one letter, however
        often its handler runs. After `expires_at` (three days, if not said) it is dropped instead of sent.
        Without `locale` it is in the language of the account that has the address. What that account does
        not want (see Letter.kind) is not written.
        """
        ...

    async def forget(self, *, to: str) -> None:
        """Nothing is known any more of what was written to that address; what waits is not sent."""
        ...

    async def forget_for(self, *, store_id: UUID, to: str, causes: Sequence[UUID]) -> None:
        """As `forget`, but only what was written for that store, or by one of these causes.

        Others, and whoever has an account by that address, keep what was written to it for them.
        """
        ...


class MailView(msgspec.Struct, kw_only=True):
    """`subject` is null when the words are gone: of what a mail server has taken nothing is kept."""

    id: UUID
    template: str
    channel: Channel
    to: str
    store_id: UUID | None
    locale: str
    status: MailStatus
    attempts: int
    subject: str | None
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    last_error: str | None


class MailWithBody(MailView, kw_only=True):
    """`text` and `html` are null once the words are gone, `html` also for a text message."""

    text: str | None
    html: str | None

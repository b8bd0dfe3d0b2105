"""Plugins that bring mails to their addressees: entry-point group `shoplytics.mailers`.

An entry point names a class that is made with one value, its `Config`: a Struct whose field `x` is the
variable `SHOPLYTICS_MAIL_X` and whose `__post_init__` may refuse with a ValueError.
"""

from typing import Protocol

import msgspec


class MailMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient, so that nobody reads of another. `id` makes the Message-ID, the same at each try."""

    id: str
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Raises Unavailable when trying later may help, Invalid when this mail can never be delivered."""

    name: str

    async def send(self, message: MailMessage) -> None: ...

"""Plugins that bring text messages to phones: entry-point group `shoplytics.sms_senders`.

Made as mailers are (ports/mailer.py), from variables `SHOPLYTICS_SMS_X`.
"""

from typing import Protocol

import msgspec


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`to` in E.164; `id` is the same at every attempt, for senders that tell repeats by it."""

    id: str
    to: str
    text: str


class SmsSender(Protocol):
    """Raises Unavailable when trying later may help, Invalid when this message can never be delivered."""

    name: str

    async def send(self, message: TextMessage) -> None: ...

"""`mailbox`: nothing leaves the house. The letter stays in the mail log and is read in the console."""

from typing import ClassVar

import msgspec

from shoplytics.ports.mailer import MailMessage
from shoplytics.ports.mails import MAILBOX
from shoplytics.ports.sms import TextMessage


class MailboxConfig(msgspec.Struct, frozen=True):
    """It needs nothing."""


class MailboxMailer:
    Config: ClassVar[type[MailboxConfig]] = MailboxConfig
    name = MAILBOX

    def __init__(self, config: MailboxConfig) -> None:
        self.config = config

    async def send(self, message: MailMessage) -> None:
        """The log keeps it."""


class MailboxSms:
    Config: ClassVar[type[MailboxConfig]] = MailboxConfig
    name = MAILBOX

    def __init__(self, config: MailboxConfig) -> None:
        self.config = config

    async def send(self, message: TextMessage) -> None:
        """The log keeps it."""

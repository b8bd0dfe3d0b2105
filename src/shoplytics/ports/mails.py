"""Mails and text messages on their way: written with the change that causes them, delivered by workers."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from shoplytics.kernel.letters import Letter


class Mails(Protocol):
    """In the unit of work: what is added is sealed, and sent once after the commit, while it is good."""

    async def add(
        self,
        letter: Letter,
        *,
        to: str,
        cause: UUID,
        locale: str = "en",
        store_id: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """`to` is an e-mail address, or a number in E.164 for a text message.

        `cause` is the id of the event: the same letter for the same cause and address is one letter, however
        often its handler runs. After `expires_at` it is dropped instead of sent.
        """
        ...

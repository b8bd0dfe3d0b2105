"""`eml`: one file a mail, for a look at what would be sent or for another program to take on."""

import asyncio
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import msgspec

from shoplytics.adapters.mail.mime import address_of, mime_of
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import Unavailable
from shoplytics.ports.mailer import MailMessage


class EmlConfig(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """`url` is file:///folder."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        address_of(self.sender)
        if not self.folder.is_absolute():
            msg = "SHOPLYTICS_MAIL_URL: file:///folder is what it needs"
            raise ValueError(msg)

    @property
    def folder(self) -> Path:
        parts = urlsplit(self.url)
        return Path(unquote(parts.path) if parts.scheme == "file" and not parts.netloc else "")


class EmlMailer:
    """A mail written twice is one file, named by its id."""

    Config: ClassVar[type[EmlConfig]] = EmlConfig
    name = "eml"

    def __init__(self, config: EmlConfig) -> None:
        self._folder = config.folder
        self._sender = address_of(config.sender)

    async def send(self, message: MailMessage) -> None:
        content = mime_of(message, sender=self._sender, now=utc_now()).as_bytes()
        try:
            await asyncio.to_thread(self._write, message.id, content)
        except OSError as error:
            msg = f"The mail cannot be written: {error.strerror}"
            raise Unavailable(msg) from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(self._folder / f"{name}.eml")

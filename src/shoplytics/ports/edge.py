"""What the HTTP edge hands to routes beside services and the actor: dependencies `client` and `upload`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec


class Client(msgspec.Struct, frozen=True):
    """Where the request came from: the address behind trusted proxies only, the user agent cut at 512.

    `refusal` is the signal by which the browser asks not to be tracked: `gpc` or `dnt`.
    """

    address: str
    user_agent: str
    refusal: str | None = None


@dataclass(eq=False)
class Upload:
    """The part named `file` of a multipart body, all received; `chunks()` reads it once, never whole."""

    filename: str
    content_type: str
    stream: AsyncIterator[bytes]

    def chunks(self) -> AsyncIterator[bytes]:
        """Pieces of at most 256 KiB."""
        return self.stream

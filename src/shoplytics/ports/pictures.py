"""Pictures that people send: kept as they came, made small and plain by a worker, shown to the world.

A picture is known by its key in the object store, which is new for each one and never written again, so that
whoever shows it may keep it for ever.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.errors import Invalid, NotFound

PUBLIC = "media/"
UPLOADS = "uploads/"
UPLOAD_LIMIT = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000


class UnsupportedPicture(Invalid):
    code = "unsupported_picture"
    message = "Send a PNG, JPEG, WebP or GIF picture; its content decides, not its name."


class UndecodablePicture(Invalid):
    code = "undecodable_picture"
    message = "The file is damaged or no picture; the one before stays."


class OversizedPicture(Invalid):
    code = "oversized_picture"
    message = "The picture has more than 40 megapixels; the one before stays."


class LostUpload(NotFound):
    code = "upload_lost"
    message = "The uploaded file is gone; send it again."


class PictureTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a job that sets a picture ends with."""

    url: str


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """One size of a picture, in pixels, and its key."""

    key: str
    width: int
    height: int


class Pictures(Protocol):
    """Uploads lie under `uploads/`, out of the public's reach; what is shown under `media/`."""

    async def keep(self, chunks: AsyncIterator[bytes], *, folder: str, name: UUID | None = None) -> str:
        """The upload's key, which ends with `name` or a new one; nobody has looked at more than its first
        bytes. Raises UnsupportedPicture."""
        ...

    def rendered(self, upload: str, *, side: int) -> AbstractAsyncContextManager[str]:
        """The key of the upload's WebP: upright, no side longer, nothing told but the picture.

        For workers only. The same upload has the same key however often it is tried. The upload is removed
        at the end, and after a refusal the picture too. Raises UndecodablePicture, OversizedPicture and
        LostUpload.
        """
        ...

    def renditions(
        self, upload: str, *, sides: Sequence[int]
    ) -> AbstractAsyncContextManager[Sequence[Rendered]]:
        """As `rendered`, in several sizes, in the order of `sides`."""
        ...

    def kept(self, folder: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        """Keys of what is shown of that folder and was made before that moment, some hundreds at a time."""
        ...

    async def remove(self, key: str) -> None:
        """Take a picture away from the world; a missing one is no error."""
        ...

    def url(self, key: str) -> str:
        """Where the world finds it."""
        ...

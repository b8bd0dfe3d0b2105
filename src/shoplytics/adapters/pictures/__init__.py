"""Pictures in the object store: judged by their first bytes here, decoded only where a worker asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shoplytics.kernel.errors import Invalid, NotFound, ShopError, Unavailable
from shoplytics.kernel.ids import new_id
from shoplytics.ports.jobs import JobCancelled
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.pictures import PUBLIC, UPLOADS, LostUpload, UnsupportedPicture

SUFFIX = ".webp"
HEAD = 16
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a PNG, JPEG, WebP or GIF."""
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


class StoredPictures:
    """See Pictures in ports/pictures.py. `base` is the address of what lies under `media/`."""

    def __init__(self, objects: ObjectStore, *, base: str) -> None:
        self._objects = objects
        self._base = base.rstrip("/")

    async def keep(self, chunks: AsyncIterator[bytes], *, folder: str) -> str:
        head = b""
        async for chunk in chunks:
            head += chunk
            if len(head) >= HEAD:
                break
        if not is_picture(head):
            raise UnsupportedPicture
        key = f"{UPLOADS}{folder}/{new_id().hex}"
        await self._objects.put(key, _joined(head, chunks))
        return key

    @asynccontextmanager
    async def rendered(self, upload: str, *, side: int) -> AsyncIterator[str]:
        key = f"{PUBLIC}{upload.removeprefix(UPLOADS)}{SUFFIX}"
        try:
            await self._render(upload, key, side=side)
            yield key
        except Unavailable:  # another try will do
            raise
        except (ShopError, JobCancelled):
            await self._objects.delete(key)
            await self._objects.delete(upload)
            raise
        await self._objects.delete(upload)

    async def _render(self, upload: str, key: str, *, side: int) -> None:
        # Pillow is for workers: it costs 10 MB, and only they open what strangers send.
        from shoplytics.adapters.pictures.webp import webp_of  # noqa: PLC0415

        try:
            content = b"".join([chunk async for chunk in self._objects.read(upload)])
        except NotFound:
            raise LostUpload from None
        small = await asyncio.to_thread(webp_of, content, side=side)
        await self._objects.put(key, _joined(small))

    async def remove(self, key: str) -> None:
        if not key.startswith(PUBLIC):
            raise Invalid("Only a picture can be removed.", code="invalid_key")
        await self._objects.delete(key)

    def url(self, key: str) -> str:
        return f"{self._base}/{key.removeprefix(PUBLIC)}"


async def _joined(head: bytes, rest: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    yield head
    if rest is not None:
        async for chunk in rest:
            yield chunk

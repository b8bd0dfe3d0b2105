"""Pictures in the object store: judged by their first bytes here, decoded only where a worker asks for it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import Invalid, NotFound, ShopError, Unavailable
from shoplytics.kernel.ids import new_id
from shoplytics.ports.jobs import JobCancelled
from shoplytics.ports.object_store import SweptStore
from shoplytics.ports.pictures import PUBLIC, UPLOADS, LostUpload, Rendered, UnsupportedPicture

SUFFIX = ".webp"
HEAD = 16
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a PNG, JPEG, WebP or GIF."""
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


class StoredPictures:
    """See Pictures in ports/pictures.py. `base` is the address of what lies under `media/`."""

    def __init__(self, objects: SweptStore, *, base: str) -> None:
        self._objects = objects
        self._base = base.rstrip("/")

    async def keep(self, chunks: AsyncIterator[bytes], *, folder: str, name: UUID | None = None) -> str:
        head = b""
        async for chunk in chunks:
            head += chunk
            if len(head) >= HEAD:
                break
        if not is_picture(head):
            raise UnsupportedPicture
        key = f"{UPLOADS}{folder}/{(name or new_id()).hex}"
        await self._objects.put(key, _joined(head, chunks))
        return key

    @asynccontextmanager
    async def rendered(self, upload: str, *, side: int) -> AsyncIterator[str]:
        path = upload.removeprefix(UPLOADS)
        async with self._made(upload, {f"{PUBLIC}{path}{SUFFIX}": side}) as (small,):
            yield small.key

    @asynccontextmanager
    async def renditions(self, upload: str, *, sides: Sequence[int]) -> AsyncIterator[Sequence[Rendered]]:
        folder, _, name = upload.removeprefix(UPLOADS).rpartition("/")
        keys = {f"{PUBLIC}{folder}/s{side}/{name}{SUFFIX}": side for side in sides}
        async with self._made(upload, keys) as made:
            yield made

    @asynccontextmanager
    async def _made(self, upload: str, sides: Mapping[str, int]) -> AsyncIterator[Sequence[Rendered]]:
        """`sides` by the keys of what is made."""
        try:
            yield await self._render(upload, sides)
        except Unavailable:  # another try will do
            raise
        except (ShopError, JobCancelled):
            for key in (*sides, upload):
                await self._objects.delete(key)
            raise
        await self._objects.delete(upload)

    async def _render(self, upload: str, sides: Mapping[str, int]) -> list[Rendered]:
        # Pillow is for workers: it costs 10 MB, and only they open what strangers send.
        from shoplytics.adapters.pictures.webp import webps_of  # noqa: PLC0415

        try:
            content = b"".join([chunk async for chunk in self._objects.read(upload)])
        except NotFound:
            raise LostUpload from None
        made = await asyncio.to_thread(webps_of, content, sides=list(sides.values()))
        for key, picture in zip(sides, made, strict=True):
            await self._objects.put(key, _joined(picture.content))
        return [
            Rendered(key=key, width=picture.width, height=picture.height)
            for key, picture in zip(sides, made, strict=True)
        ]

    def kept(self, folder: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        return self._objects.keys(f"{PUBLIC}{folder}", before=before)

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

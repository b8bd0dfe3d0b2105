"""Pictures for tests: made by Pillow, and stand-ins for what keeps them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from uuid import UUID, uuid4

import msgspec
from PIL import Image

from shoplytics.ports.pictures import Rendered, UnsupportedPicture


def picture(
    format_: str = "PNG", size: tuple[int, int] = (600, 300), colour: str = "red", *, mode: str = "RGB"
) -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new(mode, size, colour).save(out, format_)
    return out.getvalue()


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass
class MemoryPictures:
    """See Pictures in ports/pictures.py; renders nothing."""

    uploads: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    async def keep(self, chunks: AsyncIterator[bytes], *, folder: str, name: UUID | None = None) -> str:
        content = b"".join([chunk async for chunk in chunks])
        if not content.startswith(b"picture"):
            raise UnsupportedPicture
        key = f"uploads/{folder}/{name or len(self.uploads)}"
        self.uploads[key] = content
        return key

    @asynccontextmanager
    async def rendered(self, upload: str, *, side: int) -> AsyncIterator[str]:
        yield f"media/{upload.removeprefix('uploads/')}-{side}"
        del self.uploads[upload]

    @asynccontextmanager
    async def renditions(self, upload: str, *, sides: Sequence[int]) -> AsyncIterator[Sequence[Rendered]]:
        made = [f"media/{upload.removeprefix('uploads/')}-{side}" for side in sides]
        yield [Rendered(key=key, width=side, height=side) for key, side in zip(made, sides, strict=True)]
        del self.uploads[upload]

    async def kept(self, folder: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        yield [f"media/{folder}/{before:%Y}"]

    async def remove(self, key: str) -> None:
        self.removed.append(key)

    def url(self, key: str) -> str:
        return f"https://shop.example/{key}"


@dataclass
class KeptJobs:
    """See LatestJobs in ports/jobs.py; nobody works on them."""

    started: dict[UUID, tuple[str, msgspec.Struct, UUID | None, UUID | None]] = field(default_factory=dict)
    cancelled: set[UUID] = field(default_factory=set)

    async def start(
        self, *, kind: str, payload: msgspec.Struct, store_id: UUID | None, user_id: UUID | None
    ) -> UUID:
        job_id = uuid4()
        self.started[job_id] = (kind, payload, store_id, user_id)
        return job_id

    async def call_off(self, *, kind: str, store_id: UUID | None, user_id: UUID | None) -> None:
        for job_id, (other, _, store, user) in self.started.items():
            if other == kind and store == store_id and (store_id is not None or user == user_id):
                self.cancelled.add(job_id)

    async def called_off(self, job_id: UUID) -> bool:
        return job_id in self.cancelled

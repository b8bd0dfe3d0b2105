"""Pictures as the world sees them: `/media/...`, and nothing else of the object store."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.response import Stream

from shoplytics.kernel.errors import NotFound
from shoplytics.ports.object_store import Linked, ObjectStore
from shoplytics.ports.pictures import PUBLIC

# All that a picture's key may be: plain folders and an id. What does not look like one is never asked for.
SHOWN = re.compile(r"/(?:[a-z][a-z0-9-]{0,63}/){1,4}([0-9a-f]{32})\.webp", re.ASCII).fullmatch
TYPE = "image/webp"
HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}

FOR_A_WHILE = {"cache-control": "public, max-age=1800"}  # half as long as a link holds


class MediaService:
    """Reads what is public, without a unit of work."""

    def __init__(self, *, objects: ObjectStore) -> None:
        self._objects = objects

    async def link(self, path: str) -> str | None:
        """Where a browser may read it by itself. Raises NotFound for what is no picture's path."""
        if SHOWN(path) is None:
            raise NotFound
        if not isinstance(self._objects, Linked):
            return None
        return await self._objects.link(f"{PUBLIC}{path.removeprefix('/')}")

    async def open(self, path: str) -> tuple[str, AsyncIterator[bytes]]:
        """The entity tag and the content. Raises NotFound before the first byte."""
        found = SHOWN(path)
        if found is None:
            raise NotFound
        chunks = self._objects.read(f"{PUBLIC}{path.removeprefix('/')}")
        first = await anext(chunks, b"")
        return f'"{found[1]}"', _again(first, chunks)


async def _again(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


class MediaController(Controller):
    include_in_schema = False
    opt = {"permission": "operations:media", "budget": "media"}  # noqa: RUF012 - Litestar's own attribute

    @get("/media/{path:path}")
    async def picture(
        self, path: Path, media: MediaService, request: Request[Any, Any, Any]
    ) -> Response[bytes] | Stream:
        """A picture by its key; keys are never used twice, so it may be kept for ever."""
        link = await media.link(path.as_posix())
        if link is not None:
            return Response(b"", status_code=302, headers={**HEADERS, **FOR_A_WHILE, "location": link})
        tag, chunks = await media.open(path.as_posix())
        headers = {**HEADERS, "etag": tag}
        wanted = request.headers.get("if-none-match", "")
        if wanted.strip() == "*" or tag in wanted:
            return Response(b"", status_code=304, headers=headers)
        return Stream(chunks, media_type=TYPE, headers=headers)

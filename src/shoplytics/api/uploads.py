"""Files in multipart bodies (RFC 7578) and other raw bodies, read from the wire as they come."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import IO

from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from shoplytics.api.asgi import Message, Receive, Scope, header
from shoplytics.kernel.errors import Invalid, TooLarge, UnsupportedMedia
from shoplytics.ports.edge import Upload

PART = "file"
MAX_PARTS = 20
ENVELOPE = 64 * 1024  # room for the boundaries, part headers and small fields around the file
MAX_NAME = 255
IDLE_SECONDS = 15.0
IN_MEMORY = 1024 * 1024
CHUNK = 256 * 1024


class IncompleteBody(Invalid):
    code = "incomplete_body"
    message = "The body ended early."


class MalformedUpload(Invalid):
    code = "malformed_multipart"
    message = f"Send multipart/form-data with one part named {PART!r}."


class LimitedReceive:
    """Counts what comes in. Raises TooLarge past the limit, IncompleteBody when nothing comes."""

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0
        announced = header(scope, b"content-length")
        if announced is not None and announced.isdigit() and int(announced) > limit:
            raise TooLarge

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise IncompleteBody from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise TooLarge
        return message


class SpooledUpload:
    """The one file of a multipart body, taken in before the request holds a database connection.

    Up to 1 MiB stays in memory, more goes to a temporary file; `close` removes it.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        kind, options = parse_options_header(header(scope, b"content-type") or "")
        if kind != "multipart/form-data":
            raise UnsupportedMedia("Send multipart/form-data.")
        if not options.get("boundary"):
            raise MalformedUpload
        self._receive = LimitedReceive(scope, receive, limit + ENVELOPE)
        self._limit = limit
        self._parser = PushMultipartParser(options["boundary"], max_segment_count=MAX_PARTS, strict=True)
        self._file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the request
        self._hash = hashlib.sha256()
        self._segment: MultipartSegment | None = None

    async def take(self) -> None:
        """Read the whole body. Raises MalformedUpload, IncompleteBody or TooLarge."""
        events = self._parse()
        async for event in events:
            if isinstance(event, MultipartSegment) and event.name == PART:
                self._segment = event
                await self._keep(events)
                break
        async for _ in events:  # later parts say nothing, but the body has to end properly
            pass
        if self._segment is None:
            raise MalformedUpload
        self._file.seek(0)

    async def _keep(self, events: AsyncIterator[MultipartSegment | bytes | bytearray | None]) -> None:
        size = 0
        async for event in events:
            if event is None:
                return
            if isinstance(event, bytes | bytearray):
                size += len(event)
                if size > self._limit:
                    raise TooLarge
                self._hash.update(event)
                if size > IN_MEMORY:
                    await asyncio.to_thread(self._file.write, event)
                else:
                    self._file.write(event)

    def digest(self) -> bytes:
        """SHA-256 of the file; boundaries differ from try to try."""
        return self._hash.digest()

    def upload(self) -> Upload:
        """What the route gets. Raises MalformedUpload before `take`."""
        if self._segment is None:
            raise MalformedUpload
        name = (self._segment.filename or "")[:MAX_NAME]
        return Upload(name, self._segment.content_type or "", self._chunks())

    def close(self) -> None:
        self._file.close()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(self._file.read, CHUNK):
            yield chunk

    async def _parse(self) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
        try:
            while not self._parser.closed:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise IncompleteBody
                body = message.get("body", b"")
                if body:
                    for event in self._parser.parse(body):
                        yield event
                if not message.get("more_body", False):
                    self._parser.close()
        except MultipartError as error:
            raise MalformedUpload from error

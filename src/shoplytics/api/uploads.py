"""Files in multipart bodies (RFC 7578) and other raw bodies, read from the wire as they come."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

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


class StreamedUpload:
    """The one file of a multipart body. `open()` reads as far as the file's first byte."""

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        kind, options = parse_options_header(header(scope, b"content-type") or "")
        if kind != "multipart/form-data":
            raise UnsupportedMedia("Send multipart/form-data.")
        if not options.get("boundary"):
            raise MalformedUpload
        self._receive = LimitedReceive(scope, receive, limit + ENVELOPE)
        self._limit = limit
        self._parser = PushMultipartParser(options["boundary"], max_segment_count=MAX_PARTS, strict=True)
        self._events = self._parse()
        self._hash = hashlib.sha256()
        self._upload: Upload | None = None
        self._ended = False

    async def open(self) -> Upload:
        """The same upload each time. Raises MalformedUpload when no part is named `file`."""
        if self._upload is None:
            async for event in self._events:
                if isinstance(event, MultipartSegment) and event.name == PART:
                    name = (event.filename or "")[:MAX_NAME]
                    self._upload = Upload(name, event.content_type or "", self._chunks())
                    break
            else:
                raise MalformedUpload
        return self._upload

    async def digest(self) -> bytes:
        """SHA-256 of the file, reading what has not been read yet: boundaries differ from try to try."""
        upload = await self.open()
        if not self._ended:
            async for _ in upload.chunks():
                pass
        return self._hash.digest()

    async def _chunks(self) -> AsyncIterator[bytes]:
        size = 0
        async for event in self._events:
            if event is None:
                break
            if isinstance(event, bytes | bytearray):
                size += len(event)
                if size > self._limit:
                    raise TooLarge
                self._hash.update(event)
                yield bytes(event)
        async for _ in self._events:  # later parts say nothing, but the body has to end properly
            pass
        self._ended = True

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

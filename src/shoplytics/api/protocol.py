"""uvicorn's HTTP protocol with the one thing it lacks: it does not wait for ever for a request's head."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
HEAD_BYTES = 64 * 1024
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class DeadlineProtocol(HttpToolsProtocol):
    """A head has fifteen seconds from its first byte (or the connection's start), however it trickles.

    Between requests uvicorn's keep-alive time-out counts; bodies have their own deadlines in edge.py.
    """

    head_seconds = HEAD_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None:
            self._head_size += len(data)
            if self._head_size > HEAD_BYTES:
                self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def _begin_head(self) -> None:
        if self._deadline is None:
            self._head_size = 0
            self._deadline = self.loop.call_later(self.head_seconds, self._refuse, TOO_SLOW)

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, answer: bytes) -> None:
        self._end_head()
        if self.transport.is_closing():
            return
        if getattr(self.cycle, "response_complete", True):  # None before the first request
            self.transport.write(answer)
        self.transport.close()

"""A load generator for one machine: keep-alive connections, each sending as soon as its answer is whole."""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

END = b"\r\n\r\n"
LENGTH = b"content-length:"
Source = Callable[[], tuple[bytes, Hashable]]


@dataclass
class Outcome:
    """What one run saw. `acknowledged` holds the tokens of the requests answered with 2xx."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[Hashable] = field(default_factory=list)
    lost: int = 0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        good = sum(count for status, count in self.statuses.items() if 200 <= status < 300)
        return good / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """In milliseconds; `part` 0.99 is the p99."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            seconds=self.seconds + other.seconds,
            latencies=self.latencies + other.latencies,
            statuses=self.statuses + other.statuses,
            acknowledged=self.acknowledged + other.acknowledged,
            lost=self.lost + other.lost,
        )


class Connection(asyncio.Protocol):
    """Sends, waits for the whole answer, sends again until told to stop."""

    def __init__(self, source: Source, outcome: Outcome) -> None:
        self._source = source
        self._outcome = outcome
        self._buffer = b""
        self._sent_at = 0.0
        self._token: Hashable = None
        self._transport: asyncio.WriteTransport | None = None
        self._stopping = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by inheritance
        self._send()

    def stop(self) -> None:
        """After the answer that is under way."""
        self._stopping = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + len(END) + length:
            return
        self._buffer = b""
        self._note(int(head[9:12]))
        if self._stopping:
            self._close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._outcome.lost += 1
            self.done.set_result(None)

    def _note(self, status: int) -> None:
        self._outcome.latencies.append(perf_counter() - self._sent_at)
        self._outcome.statuses[status] += 1
        if 200 <= status < 300 and self._token is not None:
            self._outcome.acknowledged.append(self._token)

    def _send(self) -> None:
        request, self._token = self._source()
        self._sent_at = perf_counter()
        if self._transport is not None:
            self._transport.write(request)

    def _close(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()


async def run(port: int, source: Source, *, connections: int, seconds: float) -> Outcome:
    """Load 127.0.0.1:`port` for `seconds`; a connection that is cut is counted as lost."""
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    started = perf_counter()
    opened = await asyncio.gather(
        *(
            loop.create_connection(lambda: Connection(source, outcome), "127.0.0.1", port)
            for _ in range(connections)
        )
    )
    protocols = [protocol for _, protocol in opened]
    waiting = [protocol.done for protocol in protocols]
    await asyncio.wait(waiting, timeout=seconds)
    for protocol in protocols:
        protocol.stop()
    outcome.seconds = perf_counter() - started
    await asyncio.wait(waiting, timeout=10)
    return outcome


def get(path: str, *, headers: str = "") -> Source:
    """The same GET over and over."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{headers}\r\n".encode()
    return lambda: (request, None)


def post(path: str, body: bytes, *, content_type: str = "application/json", headers: str = "") -> bytes:
    """One POST as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body

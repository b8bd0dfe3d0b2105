"""What the children write, on one terminal: prefixed for people, as JSON lines for machines."""

import queue
import sys
import threading
from typing import BinaryIO

import msgspec

_LINES = 10_000
_PATIENCE_SECONDS = 2.0
_WIDTH = 10


class Output:
    """Never waits for the reader: a thread writes, and lines beyond a bound are dropped and counted.

    Otherwise a terminal that nobody reads would in the end stop the API at its next log line.
    """

    def __init__(self, stream: BinaryIO | None = None, *, people: bool | None = None) -> None:
        self._stream = stream or sys.stdout.buffer
        self._people = sys.stdout.isatty() if people is None else people
        self._lines: queue.Queue[bytes | None] = queue.Queue(_LINES)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def line(self, process: str, text: bytes) -> None:
        """One line of a child's; without its end."""
        if self._people:
            self._put(f"{process:<{_WIDTH}}| ".encode() + text)
        elif text.startswith(b'{"'):
            self._put(f'{{"process":"{process}",'.encode() + text[1:])
        else:
            event = msgspec.json.encode({"process": process, "event": text.decode(errors="replace")})
            self._put(event)

    def note(self, text: str) -> None:
        """The supervisor's own words, which are plain for people and machines."""
        for line in text.splitlines():
            self._put(line.encode())

    def close(self) -> None:
        """Write what is left, unless nobody reads."""
        try:
            self._lines.put(None, timeout=_PATIENCE_SECONDS)
        except queue.Full:
            return
        self._thread.join(_PATIENCE_SECONDS)

    def _put(self, line: bytes) -> None:
        try:
            if self._dropped:
                self._lines.put_nowait(f"({self._dropped} lines were not read in time)".encode())
                self._dropped = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line + b"\n")
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):  # the reader is gone; go on without one
                continue

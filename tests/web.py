"""A web server for tests, on an address of this machine, and names that resolve as a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from shoplytics.adapters.fetcher import resolve
from shoplytics.adapters.fetcher.addresses import Address


@dataclass
class Site:
    """Answers every request with `answer`, just so; None never answers. `hold`: and keeps the line open."""

    host: str
    port: int = 0
    answer: bytes | None = b""
    hold: bool = False
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def says(self, body: bytes = b"", *, status: str = "200 OK", **headers: str) -> None:
        """Header names with underscores."""
        told = {"content-length": str(len(body)), "connection": "close"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self.answer = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if self.answer is not None:
                writer.write(self.answer)
                await writer.drain()
            if self.hold or self.answer is None:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site(
    host: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    """Listening while the block runs."""
    made = Site(host)
    server = await asyncio.start_server(made.serve, host, port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@dataclass
class Names:
    """A resolver: each name has its answers in turn, the last one for ever; others are the system's."""

    known: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str) -> list[Address]:
        answers = self.known.get(host)
        if answers is None:
            return await resolve(host)
        turn = min(self.asked.count(host), len(answers) - 1)
        self.asked.append(host)
        return [ip_address(text) for text in answers[turn]]

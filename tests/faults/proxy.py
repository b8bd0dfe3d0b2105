"""Between the product and one of its servers: holds a message back, falls silent, or breaks off."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """Passes on what comes to `socket`, to the server's own socket and back."""

    def __init__(self, socket: Path, server: Path) -> None:
        self.socket = socket
        self.held = asyncio.Event()
        self._server = server
        self._marker: bytes | None = None
        self._passing = 0
        self._released = asyncio.Event()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._listening: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def hold(self, marker: bytes, *, passed: int = 0) -> None:
        """The next message with these bytes, either way, and what its connection sends after it.

        The first `passed` of them go through.
        """
        self._marker, self._passing = marker, passed
        self.held.clear()
        self._released.clear()

    def release(self) -> None:
        self._released.set()

    def fall_silent(self) -> None:
        """Connections stay, and new ones are taken; nothing comes through, as in a black hole."""
        self._speaks.clear()

    def speak(self) -> None:
        self._speaks.set()

    async def cut(self) -> None:
        """Every connection ends, and new ones are refused."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for writer in list(self._writers):
            writer.close()
        self.socket.unlink(missing_ok=True)

    async def mend(self) -> None:
        self._listening = await asyncio.start_unix_server(self._serve, self.socket)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(self._server)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, back}
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        self._writers -= {writer, back}

    async def _hold_or_pass(self) -> None:
        if self._passing:
            self._passing -= 1
            return
        self._marker = None
        self.held.set()
        await self._released.wait()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                if self._marker is not None and self._marker in chunk:
                    await self._hold_or_pass()
                await self._speaks.wait()
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxy(server: Path) -> AsyncIterator[Proxy]:
    """Listens at a socket of the same name; a test's own folder may have too long a name for one."""
    folder = Path(tempfile.mkdtemp(prefix="shoplytics-proxy-"))
    made = Proxy(folder / server.name, server)
    await made.mend()
    try:
        yield made
    finally:
        made.release()
        made.speak()
        await made.cut()
        shutil.rmtree(folder)

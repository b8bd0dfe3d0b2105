"""One child process of ours: started, started again when it dies, stopped."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from shoplytics.adapters.embedded.process import preparation
from shoplytics.supervisor.output import Output

_LONGEST_LINE = 1 << 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
_WELL_AFTER_SECONDS = 30.0
_GRACE_SECONDS = 25.0


class Pause:
    """How long to wait before the next start: nothing to speak of at first, longer while it keeps dying."""

    def __init__(self) -> None:
        self._next = _FIRST_PAUSE
        self._started = time.monotonic()

    def started(self) -> None:
        self._started = time.monotonic()

    def after_death(self) -> float:
        if time.monotonic() - self._started > _WELL_AFTER_SECONDS:
            self._next = _FIRST_PAUSE
        pause, self._next = self._next, min(self._next * 2, _LONGEST_PAUSE)
        return pause


@dataclass(kw_only=True)
class Child:
    """`python -m shoplytics <args>` in a session of its own; on Linux it dies with us, however we end.

    What a `plain` one writes is shown as it is.
    """

    name: str
    args: Sequence[str]
    env: Mapping[str, str]
    output: Output
    fds: Sequence[int] = ()
    plain: bool = False
    on_start: Callable[[], None] = lambda: None
    process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _reader: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        alive = self.process is not None and self.process.returncode is None
        return self.process.pid if self.process is not None and alive else None

    async def start(self, *more: str, fds: Sequence[int] = ()) -> None:
        """`more` and `fds` are for this start only."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "shoplytics",
            *self.args,
            *more,
            env=self.env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            pass_fds=(*self.fds, *fds),
            start_new_session=True,
            preexec_fn=preparation(signal.SIGKILL),
        )
        self._reader = asyncio.create_task(self._read(self.process))
        self.on_start()

    async def ended(self) -> int:
        """Its exit code, when all it wrote has been passed on."""
        if self.process is None or self._reader is None:
            msg = "the child has not been started"
            raise RuntimeError(msg)
        code = await self.process.wait()
        await self._reader
        return code

    async def keep(self) -> None:
        """For ever: wait for its end, start it again."""
        pause = Pause()
        while True:
            code = await self.ended()
            seconds = pause.after_death()
            how = f"by signal {-code}" if code < 0 else f"with {code}"
            self.output.note(f"{self.name} ended {how}; starting it again in {seconds:g} s")
            await asyncio.sleep(seconds)
            pause.started()
            await self.start()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL when it takes too long."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _GRACE_SECONDS)
        except TimeoutError:
            self.output.note(f"{self.name} does not stop: killing it")
            self.kill()
            await self.process.wait()

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than a line may be; what was read of it is gone
                line = b"(a line too long to show)\n"
            if not line:
                return
            text = line.rstrip(b"\r\n")
            if self.plain:
                self.output.note(text.decode(errors="replace"))
            else:
                self.output.line(self.name, text)

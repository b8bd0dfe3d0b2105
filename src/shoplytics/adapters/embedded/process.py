"""Child processes that end with us, and those of an earlier life that did not."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

Child: TypeAlias = subprocess.Popen[bytes]
T = TypeVar("T")

LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_STEP_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class RunAs:
    """Who a child is: as we are, the lone user of a namespace of its own, or another user."""

    namespace_uid: int | None = None
    uid: int | None = None
    gid: int | None = None


AS_WE_ARE = RunAs()


class _ForkingThread:
    """Forks every child: PDEATHSIG fires when the *thread* that forked ends, and this one never does."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._owner = 0
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def call(self, job: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(job())
            except BaseException as problem:
                done.set_exception(problem)

        with self._starting:
            if self._owner != os.getpid():  # first use, or we are a fork and our threads stayed behind
                self._owner, self._jobs = os.getpid(), SimpleQueue()
                threading.Thread(
                    target=self._work, args=(self._jobs,), name="embedded-forks", daemon=True
                ).start()
        self._jobs.put(run)
        return done.result()

    @staticmethod
    def _work(jobs: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            jobs.get()()


_FORKS = _ForkingThread()


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    end_with_us: signal.Signals,
    run_as: RunAs = AS_WE_ARE,
    env: Mapping[str, str] | None = None,
    must_reach: Path | None = None,
) -> Child:
    """Start a child in a session of its own (Ctrl-C is ours to pass on), its output appended to `log`.

    On Linux the kernel sends it `end_with_us` when we die. Raises OSError or SubprocessError when it may not
    become `run_as`, or may not reach `must_reach` as such.
    """
    prepare = preparation(end_with_us, run_as, must_reach)

    def fork() -> Child:
        log.touch(mode=0o600)
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own binaries, no shell
                [os.fspath(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=env,
                start_new_session=True,
                user=run_as.uid,
                group=run_as.gid,
                extra_groups=None if run_as.uid is None else [],
                preexec_fn=prepare,  # noqa: PLW1509 - touches no lock and imports nothing
            )

    return _FORKS.call(fork)


def preparation(
    end_with_us: signal.Signals, run_as: RunAs = AS_WE_ARE, must_reach: Path | None = None
) -> Callable[[], None]:
    """What the child does before exec. CPython calls it after setuid, which would clear PDEATHSIG."""
    parent, group = os.getpid(), os.getegid()

    def run() -> None:
        if run_as.namespace_uid is not None:
            _enter_namespace(run_as.namespace_uid, group)
        if must_reach is not None:
            os.stat(must_reach)  # noqa: PTH116 - the plainest call in a fresh fork
        if _LIBC is not None:
            if _LIBC.prctl(_PR_SET_PDEATHSIG, int(end_with_us)):
                raise OSError(ctypes.get_errno(), "prctl")
            if os.getppid() != parent:  # we died before the line above
                os._exit(1)

    return run


def _enter_namespace(inner: int, outer_group: int) -> None:
    if _LIBC is None or _LIBC.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inner} 0 1"),
        ("gid_map", f"{inner} {outer_group} 1"),
    ):
        target = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(target, text.encode())
        os.close(target)


def wait_until(ready: Callable[[], bool], *, alive: Callable[[], bool], seconds: float) -> bool:
    """Whether `ready` came true before the time was over or the process had ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive():
            return False
        if ready():
            return True
        time.sleep(_STEP_SECONDS)
    return False


Ladder: TypeAlias = Sequence[tuple[signal.Signals, float]]


def stop_child(child: Child, ladder: Ladder) -> None:
    """Send one signal after the other, each with its seconds of patience, and SIGKILL at last."""
    for sent, seconds in ladder:
        if child.poll() is not None:
            return
        child.send_signal(sent)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_child(child)


def kill_child(child: Child | None) -> None:
    """SIGKILL, and reap it."""
    if child is not None and child.poll() is None:
        child.kill()
        child.wait()


def stop_survivor(pid: int, *, marker: str, ladder: Ladder) -> None:
    """Stop a server an earlier run left behind, if `pid` still is one: its arguments name `marker`."""
    for sent, seconds in (*ladder, (signal.SIGKILL, 5.0)):
        if not names(pid, marker):
            return
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            return
        if wait_until(lambda: not names(pid, marker), alive=lambda: True, seconds=seconds):
            return


def names(pid: int, marker: str) -> bool:
    """Whether a live process has `marker` among its arguments (a zombie has none left)."""
    if LINUX:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(marker) in arguments
    listed = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False
    )
    return os.fsencode(marker) + b" " in listed.stdout.strip() + b" "


def is_alive(pid: int) -> bool:
    """Whether the pid is taken, be it by a zombie or by somebody else's process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_pid(path: Path) -> int | None:
    """The first line of a pid file, if there is one."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def size(log: Path) -> int:
    """Where the next line of a log will stand."""
    return log.stat().st_size if log.exists() else 0


def tail(log: Path, since: int) -> str:
    """What a server wrote after byte `since`, its last lines."""
    with log.open("rb") as file:
        file.seek(since)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-8:])

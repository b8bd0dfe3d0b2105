"""What can go wrong with embedded servers, each as one sentence fit for a terminal."""


class EmbeddedUnavailable(Exception):  # noqa: N818 - named after the state, as the kernel's errors are
    """The embedded servers cannot run here; the message says why and what to do."""


class AlreadyRunning(Exception):  # noqa: N818
    """Another live process owns the home folder; `pid` is 0 when it has not written its own yet."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"already running: pid {pid}" if pid else "already running")
        self.pid = pid

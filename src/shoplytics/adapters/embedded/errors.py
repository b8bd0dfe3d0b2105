"""What can go wrong with embedded servers, each as one sentence fit for a terminal."""


class EmbeddedUnavailable(Exception):
    """The embedded servers cannot run here; the message says why and what to do."""


class AlreadyRunning(Exception):
    """Another live process owns the home folder; `pid` is 0 when it has not written its own yet."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"already running: pid {pid}" if pid else "already running")
        self.pid = pid

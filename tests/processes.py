"""`shoplytics serve` and `worker` as processes of their own, on the servers of a test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess

import msgspec

from shoplytics.settings import Settings
from tests import workers
from tests.faults import api_main
from tests.oidc_provider import wait_for
from tests.smtp_server import free_port


@contextmanager
def process(what: str, settings: Settings, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Started with nothing of this machine's own settings; killed afterwards."""
    bare = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SHOPLYTICS_") and name not in {"PORT", "HOST"}
    }
    own = {
        "SHOPLYTICS_HOME": str(settings.home),
        "SHOPLYTICS_DATABASE_URL": settings.database_url,
        "SHOPLYTICS_REDIS_URL": settings.redis_url,
        "SHOPLYTICS_SECRET_KEY": settings.secret_key.decode(),
        "SHOPLYTICS_RATE_LIMITS": "on" if settings.rate_limits else "off",
    }
    command, quiet = [sys.executable, "-m", "shoplytics", what], subprocess.DEVNULL
    with subprocess.Popen(command, env=bare | own | variables, stdout=quiet) as child:
        try:
            yield child
        finally:
            child.kill()


@contextmanager
def api_process(settings: Settings, **variables: str) -> Iterator[str]:
    """An API process; its address, once it is alive."""
    port = free_port()
    with process("serve", settings, PORT=str(port), **variables) as child:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/health/live", lambda: child.poll() is None)
        yield base


def forked(what: str, settings: Settings) -> "AbstractContextManager[ForkServerProcess]":
    """The same as `process`, in a fraction of the time; `what` is serve, worker or scheduler."""
    return workers.forked(api_main.main, what, settings)


@dataclass(frozen=True)
class Served:
    """An API process that answers at `address`."""

    address: str
    child: ForkServerProcess

    def kill(self) -> None:
        """SIGKILL: it is gone when this returns."""
        self.child.kill()
        self.child.join()


@contextmanager
def forked_api(settings: Settings) -> Iterator[Served]:
    port = free_port()
    with forked("serve", msgspec.structs.replace(settings, port=port)) as child:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health/live", child.is_alive)
        yield Served(address, child)

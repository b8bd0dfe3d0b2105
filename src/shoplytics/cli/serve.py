"""`shoplytics serve`: the API under uvicorn."""

import argparse
import os
import signal
import socket

from shoplytics.cli.allocator import give_back
from shoplytics.cli.lean import lean
from shoplytics.cli.schema import require_head
from shoplytics.settings import Settings
from shoplytics.settings.plugins import check_plugins

with lean():
    import uvicorn

    from shoplytics.api import DeadlineProtocol, create_app

GRACE_SECONDS = 20


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Under `up` the socket comes as `--fd`, and `--gate` is a pipe that opens when the schema is right."""
    give_back()
    if args.under is None:
        check_plugins(settings)
        require_head(settings)
    with lean():
        app = create_app(settings)
    if args.gate is not None and not os.read(args.gate, 1):
        return 1  # nobody is left to open it
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=DeadlineProtocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises the signal again after a clean end
    signal.signal(signal.SIGINT, lambda *_: None)
    server.run(sockets=None if args.fd is None else [socket.socket(fileno=args.fd)])
    return 0 if server.started else 1

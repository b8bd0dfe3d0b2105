"""What `shoplytics serve`, `worker` and `scheduler` run, in a process forked by a test."""

import os
from argparse import Namespace

from shoplytics.cli import scheduler, serve, worker
from shoplytics.settings import Settings

RUNS = {"serve": serve.run, "worker": worker.run, "scheduler": scheduler.run}


def main(what: str, settings: Settings) -> None:
    """Returns after SIGTERM."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    raise SystemExit(RUNS[what](settings, Namespace(under=None, gate=None, fd=None)))

"""`shoplytics worker`: jobs and event deliveries."""

import argparse

import uvloop

from shoplytics.cli.allocator import give_back
from shoplytics.cli.schema import require_head
from shoplytics.operations.logs import configure_logs
from shoplytics.settings import Settings
from shoplytics.worker import run_worker


def run(settings: Settings, args: argparse.Namespace) -> int:
    give_back()
    if args.under is None:
        require_head(settings)
    configure_logs()
    uvloop.run(run_worker(settings))
    return 0

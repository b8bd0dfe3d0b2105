"""`shoplytics scheduler`: puts due schedules into the queue; any number may run, one leads."""

import argparse

import uvloop

from shoplytics.cli.schema import require_head
from shoplytics.operations.logs import configure_logs
from shoplytics.settings import Settings
from shoplytics.worker import run_scheduler


def run(settings: Settings, args: argparse.Namespace) -> int:
    if args.under is None:
        require_head(settings)
    configure_logs()
    uvloop.run(run_scheduler(settings))
    return 0

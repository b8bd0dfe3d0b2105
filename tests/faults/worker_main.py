"""A worker or scheduler that knows the probe, as a process of its own."""

import asyncio
import logging

import structlog
from tests.probe import MODULES, ProbeService

from shoplytics.bootstrap import WITH_WORK
from shoplytics.settings import Settings
from shoplytics.worker import run_scheduler, run_worker

LEASE_SECONDS = 1.5


def main(what: str, settings: Settings) -> None:
    """`what` is worker or scheduler; returns after SIGTERM."""
    WITH_WORK["probe"] = ProbeService
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if what == "scheduler":
        asyncio.run(run_scheduler(settings, modules=MODULES))
    else:
        asyncio.run(run_worker(settings, slots=4, modules=MODULES, lease_seconds=LEASE_SECONDS))

"""Runs everything due in the test's own process, as a worker would."""

from collections.abc import Sequence

from shoplytics.bootstrap import MODULES, Infra
from shoplytics.kernel.module import Module
from shoplytics.worker import run_due


async def drain(infra: Infra, modules: Sequence[Module] = MODULES) -> int:
    """How many rows ran until none was left; the first exception of a handler comes out."""
    return await run_due(infra, modules)

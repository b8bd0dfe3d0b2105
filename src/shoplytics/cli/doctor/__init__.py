"""`shoplytics doctor`: what is wrong with this deployment, all at once."""

import argparse
import asyncio
import platform
from collections.abc import Sequence

from shoplytics.cli.doctor import machine, mails, objects, postgres, redis
from shoplytics.cli.doctor.finding import FAIL, OK, Finding
from shoplytics.cli.terminal import say
from shoplytics.settings import Settings


def run(settings: Settings, args: argparse.Namespace) -> int:
    """1 when something fails; a warning is for the reader to judge."""
    findings = asyncio.run(examine(settings))
    for found in findings:
        say(f"{found.level:<5} {found.subject:<9} {found.text}")
    return 1 if any(found.level == FAIL for found in findings) else 0


async def examine(settings: Settings) -> Sequence[Finding]:
    """In the order of the floors: this machine, PostgreSQL, Redis, objects, mails."""
    return [
        Finding(OK, "python", platform.python_version()),
        Finding(OK, "settings", "every one given is valid"),
        *machine.examine(settings),
        *await postgres.examine(settings),
        *await redis.examine(settings),
        *await objects.examine(settings),
        *await mails.examine(settings),
    ]

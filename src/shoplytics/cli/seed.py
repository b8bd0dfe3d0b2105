"""`shoplytics seed`: the demo store."""

import argparse
import asyncio
import logging

from shoplytics.cli.demo import Demo, Store, database_of, note
from shoplytics.cli.terminal import Refused, say
from shoplytics.kernel.errors import ShopError
from shoplytics.operations.logs import configure_logs
from shoplytics.seed import load_demo
from shoplytics.settings import Settings
from shoplytics.supervisor.servers import running


def run(settings: Settings, args: argparse.Namespace) -> int:
    """The same rows every time, relative to the day of loading; nothing when they are there already."""
    with running(settings):
        demo = asyncio.run(load(settings))
    say(demo.words(settings))
    return 0


async def load(settings: Settings) -> Demo:
    """Load it, and note that it is there. Raises Refused."""
    configure_logs(least=logging.WARNING)  # the owner's own requests are of no interest
    try:
        report = await load_demo(settings)
    except ShopError as problem:
        raise Refused(str(problem)) from problem
    demo = Demo(
        database=await database_of(settings),
        owner_email=report.owner_email,
        stores=[Store(id_, slug, currency) for id_, slug, currency in report.stores],
    )
    note(settings.home, demo)
    return demo

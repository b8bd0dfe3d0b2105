"""`shoplytics seed`: the demo store."""

import argparse
import asyncio

from shoplytics.cli.terminal import say
from shoplytics.seed import DemoReport, load_demo
from shoplytics.settings import Settings, demo_password
from shoplytics.supervisor.servers import running


def run(settings: Settings, args: argparse.Namespace) -> int:
    """The same rows every time, relative to the day of loading; nothing when they are there already."""
    with running(settings):
        report = asyncio.run(load_demo(settings))
    say(words(settings, report))
    return 0


def words(settings: Settings, report: DemoReport) -> str:
    """For the terminal: who owns the demo, its password, the stores."""
    stores = "\n".join(f"  {slug:<14} {id_}  {currency}" for id_, slug, currency in report.stores)
    took = f", loaded in {report.seconds:.1f} s" if report.created else ""
    return f"""\
The demo{took}:
  owner          {report.owner_email}
  password       {demo_password(settings.home)}
{stores}
"""

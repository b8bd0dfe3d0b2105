"""`shoplytics permissions`: who may do what, as docs/permissions.md has it."""

import argparse

from shoplytics.api import create_app
from shoplytics.api.permissions import permission_table
from shoplytics.cli.terminal import say
from shoplytics.settings import Settings


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Asks no server: the table is made of the routes alone."""
    say(permission_table(create_app(settings).plans.values()).rstrip())
    return 0

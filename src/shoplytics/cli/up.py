"""`shoplytics up`: everything on one machine, under one supervisor."""

import argparse

from shoplytics.cli.terminal import Refused
from shoplytics.settings import Settings
from shoplytics.supervisor import CannotStart, up


def run(settings: Settings, args: argparse.Namespace) -> int:
    try:
        return up(settings)
    except CannotStart as problem:
        raise Refused(str(problem)) from problem

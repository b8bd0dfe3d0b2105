"""`shoplytics up`: everything on one machine, under one supervisor."""

import argparse

from shoplytics.cli.terminal import Refused
from shoplytics.settings import Settings
from shoplytics.settings.plugins import check_plugins
from shoplytics.supervisor import CannotStart, up


def run(settings: Settings, args: argparse.Namespace) -> int:
    check_plugins(settings)  # here, where a wrong value is still one sentence
    try:
        return up(settings)
    except CannotStart as problem:
        raise Refused(str(problem)) from problem

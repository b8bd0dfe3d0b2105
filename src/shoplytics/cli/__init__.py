"""The command line. A command's code is loaded when it is called, so that help is instant.

Exit codes: 0 done, 1 an expected failure said in one sentence, 2 wrong settings or arguments.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Protocol, cast

from shoplytics.cli.terminal import Refused, complain, say

_FAILED, _WRONG = 1, 2


class _Command(Protocol):
    def run(self, settings: object, args: argparse.Namespace) -> int: ...


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """`embedded_ok`: without addresses, the servers in the home folder are meant."""

    help: str
    module: str
    embedded_ok: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)


_COMMANDS = {
    "up": _Entry(
        help="everything on this machine: servers, migration, demo store, API, worker and scheduler",
        module="shoplytics.cli.up",
        embedded_ok=True,
        defaults={"SHOPLYTICS_DEMO": "1", "SHOPLYTICS_RATE_LIMITS": "off"},
    ),
    "serve": _Entry(help="the API", module="shoplytics.cli.serve"),
    "worker": _Entry(help="jobs and event deliveries", module="shoplytics.cli.worker"),
    "scheduler": _Entry(help="puts due schedules into the queue", module="shoplytics.cli.scheduler"),
    "migrate": _Entry(
        help="make the roles, bring the schema to its head", module="shoplytics.cli.migrate", embedded_ok=True
    ),
    "seed": _Entry(help="load the demo store", module="shoplytics.cli.seed", embedded_ok=True),
    "create-admin": _Entry(
        help="make a platform admin", module="shoplytics.cli.create_admin", embedded_ok=True
    ),
    "doctor": _Entry(
        help="what is wrong with this deployment", module="shoplytics.cli.doctor", embedded_ok=True
    ),
    "permissions": _Entry(
        help="who may do what, and by which routes", module="shoplytics.cli.permissions", embedded_ok=True
    ),
    "first-start": _Entry(help="", module="shoplytics.cli.first_start"),
}
_INTERNAL = {"first-start"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every expected failure is a sentence on standard error, never a traceback."""
    args = _parser().parse_args(argv)
    if args.command == "version":
        say(version("shoplytics"))
        return 0
    try:
        return _run(_COMMANDS[args.command], args)
    except Refused as refused:
        complain(str(refused))
        return _FAILED
    except KeyboardInterrupt:
        return 128 + 2


def _run(entry: _Entry, args: argparse.Namespace) -> int:
    from shoplytics.adapters.embedded import AlreadyRunning, EmbeddedUnavailable  # noqa: PLC0415 - help stays instant
    from shoplytics.settings import SettingsError, load  # noqa: PLC0415 - as above

    try:
        settings = load(os.environ, embedded_ok=entry.embedded_ok, defaults=entry.defaults)
        return cast("_Command", import_module(entry.module)).run(settings, args)
    except SettingsError as error:
        complain("the settings are wrong:\n" + "\n".join(f"  {problem}" for problem in error.problems))
        return _WRONG
    except (AlreadyRunning, EmbeddedUnavailable) as problem:
        raise Refused(str(problem)) from problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="shoplytics",
        description="A shop backend and the numbers that run it. Settings: docs/operations.md",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, entry in _COMMANDS.items():
        if name in _INTERNAL:
            commands.add_parser(name)
        else:
            commands.add_parser(name, help=entry.help, description=entry.help)
    commands.add_parser("version", help="the installed version")
    serve, admin = commands.choices["serve"], commands.choices["create-admin"]
    serve.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    serve.add_argument("--gate", type=int, help=argparse.SUPPRESS)
    for name in ("serve", "worker", "scheduler"):
        commands.choices[name].add_argument("--under", help=argparse.SUPPRESS)
    admin.add_argument("--email", help="SHOPLYTICS_ADMIN_EMAIL when left out")
    admin.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of asking",
    )
    return parser

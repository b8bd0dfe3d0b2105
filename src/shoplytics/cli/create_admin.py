"""`shoplytics create-admin`: a platform administrator."""

import argparse
import asyncio
import getpass
import sys

from shoplytics.cli.people import TAKEN_OVER, administration
from shoplytics.cli.terminal import Refused, complain, say
from shoplytics.ports.identity import MadeAdmin
from shoplytics.settings import Settings
from shoplytics.supervisor.servers import running


def run(settings: Settings, args: argparse.Namespace) -> int:
    """An account of that address becomes one, with this password; an administrator stays as he is."""
    email = args.email or settings.admin_email
    if not email:
        raise Refused("whose? give --email or SHOPLYTICS_ADMIN_EMAIL")
    password = _from_stdin() if args.password_stdin else settings.admin_password or _asked()
    with running(settings):
        made = asyncio.run(_make(settings, email, password))
    if made.taken_over:
        complain(TAKEN_OVER.format(email=email))
    say(f"{email} is a platform admin")
    return 0


async def _make(settings: Settings, email: str, password: str) -> MadeAdmin:
    async with administration(settings) as identity:
        return await identity.ensure_admin(email=email, password=password, command="create-admin")


def _from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked() -> str:
    if not sys.stdin.isatty():
        raise Refused("there is no terminal to ask for the password: give --password-stdin")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Refused("the two passwords differ")
    return password

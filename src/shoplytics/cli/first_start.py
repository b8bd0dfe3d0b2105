"""What `up` does once the API answers: the first administrator, the demo. Idempotent, as every start asks."""

import argparse
import asyncio
import json

from shoplytics.cli.people import administration
from shoplytics.cli.seed import words
from shoplytics.cli.terminal import Refused, complain, say
from shoplytics.seed import load_demo
from shoplytics.settings import Settings


def run(settings: Settings, args: argparse.Namespace) -> int:
    """A refused administrator does not keep the demo from being loaded."""
    asyncio.run(_first_start(settings))
    return 0


async def _first_start(settings: Settings) -> None:
    try:
        if link := await _administrator(settings):
            say(link)
    except Refused as refused:
        complain(f"SHOPLYTICS_ADMIN_PASSWORD: {refused}")
    if settings.demo:
        say(words(settings, await load_demo(settings)))


async def _administrator(settings: Settings) -> str:
    """Make the one the settings name, else say how to; empty when there is one."""
    async with administration(settings) as identity:
        if settings.admin_email and settings.admin_password:
            await identity.ensure_admin(email=settings.admin_email, password=settings.admin_password)
            return ""
        token = await identity.setup_token()
    if token is None:
        return ""
    body = json.dumps({"token": token, "email": settings.admin_email or "YOU@EXAMPLE", "password": "..."})
    return f"""\
There is no platform admin yet. Once, within a day:
  curl {settings.public_url}/api/v1/auth/setup -H 'Content-Type: application/json' -d '{body}'
"""

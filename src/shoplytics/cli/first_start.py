"""What `up` does once the API answers: the first administrator, the demo. Idempotent, as every start asks."""

import argparse
import asyncio
import json

from shoplytics.cli.demo import Demo, database_of, noted
from shoplytics.cli.people import TAKEN_OVER, administration
from shoplytics.cli.terminal import Refused, complain, say
from shoplytics.settings import Settings


def run(settings: Settings, args: argparse.Namespace) -> int:
    """A refused administrator does not keep the demo from being loaded."""
    asyncio.run(_first_start(settings))
    return 0


async def _first_start(settings: Settings) -> None:
    demo = noted(settings.home, await database_of(settings)) if settings.demo else None
    if demo is not None:
        say(demo.words(settings))
    try:
        if how_to := await _administrator(settings):
            say(how_to)
    except Refused as refused:
        complain(f"no platform admin was made from SHOPLYTICS_ADMIN_EMAIL and _PASSWORD: {refused}")
    if settings.demo and demo is None:
        say((await _load(settings)).words(settings))


async def _load(settings: Settings) -> Demo:
    from shoplytics.cli.seed import load  # noqa: PLC0415 - loads the whole API, which later starts need not

    say("Loading the demo; everything else can be used meanwhile.")
    return await load(settings)


async def _administrator(settings: Settings) -> str:
    """Make the one the settings name, else say how to; empty when there is one."""
    async with administration(settings) as identity:
        if settings.admin_email and settings.admin_password:
            made = await identity.ensure_admin(
                email=settings.admin_email, password=settings.admin_password, command="up"
            )
            if made.taken_over:
                complain(TAKEN_OVER.format(email=settings.admin_email))
            return ""
        token = await identity.setup_token()
    if token is None:
        return ""
    body = json.dumps({"token": token, "email": settings.admin_email or "...", "password": "..."})
    return f"""\
There is no platform admin yet. This makes one, once and within a day (an account of that address is
taken over):
  curl {settings.public_url}/api/v1/auth/setup -H 'Content-Type: application/json' -d '{body}'
"""
